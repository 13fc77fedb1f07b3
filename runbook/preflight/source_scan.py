"""Reads a source tree as far as a deployment depends on it: routes, variables, and the last stage of its Dockerfile."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runbook.preflight.dockerfile import Stage, last_stage

MOST_FILES = 4000
_MOST_BYTES = 512 * 1024
_ENDINGS = (".rs", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".py", ".go")
_PASSED_BY = {"node_modules", "target", "dist", "build", "vendor", "tests", "test", "__tests__", "e2e", "__pycache__"}
_TEST_FILE = re.compile(r"(_test\.(rs|go|py)|\.(test|spec)\.\w+|^test_.*\.py)$")

_NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_READ = (
    re.compile(rf'env::var(?:_os)?\(\s*"({_NAME})"\s*\)'),
    re.compile(rf"process\.env\.({_NAME})\b"),
    re.compile(rf"process\.env\[\s*[\"']({_NAME})[\"']\s*\]"),
    re.compile(rf"os\.(?:environ\.get|getenv|Getenv|LookupEnv)\(\s*[\"']({_NAME})[\"']"),
    re.compile(rf"os\.environ\[\s*[\"']({_NAME})[\"']\s*\]"),
)
_REQUIRED = (
    re.compile(rf'env::var\(\s*"({_NAME})"\s*\)\s*(?:\.(?:expect|unwrap|context|with_context|map_err)\(|\?)'),
    re.compile(rf"process\.env\.({_NAME})!"),
    re.compile(rf"if\s*\(\s*!\s*process\.env\.({_NAME})\s*\)\s*\{{?\s*throw"),
    re.compile(rf"\b\w*(?:[Rr]equire|[Mm]ust)\w*\(\s*[\"']({_NAME})[\"']"),
    re.compile(rf"os\.environ\[\s*[\"']({_NAME})[\"']\s*\]"),
)
_LISTED = re.compile(r"\b\w*(?:required|REQUIRED|Required)\w*[^=\n]{0,80}=\s*(?:&|new Set\(|vec!)?\s*[\[({]([^\])}]*)")
_QUOTED = re.compile(rf"[\"']({_NAME})[\"']")

_ROUTES = (
    re.compile(r"\.route\(\s*\"(/[^\"]*)\"\s*,\s*(?:\w+::)*(\w+)"),
    re.compile(r"#\[(get|post|put|delete|patch)\(\s*\"(/[^\"]*)\""),
    re.compile(
        r"\b(?:app|router|server|api|fastify|routes?|bp)\.(get|post|put|delete|patch|all)\(\s*[\"'`](/[^\"'`]*)"
    ),
    re.compile(r"HandleFunc\(\s*\"(?:(GET|POST|PUT|DELETE) )?(/[^\"]*)\""),
)
_FLASK = re.compile(r"\.route\(\s*[\"'](/[^\"']*)[\"'](?:[^)]*methods\s*=\s*\[([^\]]*)\])?")
_NEST = re.compile(r"\.nest\(\s*\"(/[^\"]+)\"")
_VERBS = {"get", "post", "put", "delete", "patch", "any", "all"}
_NEXT = re.compile(r"(?:^|/)(?:app/(?P<app>(?:.*/)?)(?P<kind>route|page)|pages/(?P<pages>.*))\.(?:ts|tsx|js|jsx)$")
_NEXT_MIDDLEWARE = re.compile(r"(?:^|/)(?:middleware|proxy)\.(?:ts|js)$")
_NEXT_VERB = re.compile(r"export\s+(?:async\s+)?(?:function|const)\s+(GET|POST|PUT|DELETE|PATCH)\b")


@dataclass(frozen=True)
class Seen:
    """Something that was found, and the first place where it stands."""

    where: str
    required: bool = False
    verbs: frozenset[str] = frozenset()


@dataclass
class SourceSeen:
    """What a source tree says about its program.

    Parameters
    ----------
    stage: the last stage of the Dockerfile; None when there is no Dockerfile, or no FROM in it.
    files: source files that were read; whole is False when there were more than are read.
    """

    stage: Stage | None = None
    routes: dict[str, Seen] = field(default_factory=dict)
    variables: dict[str, Seen] = field(default_factory=dict)
    redirects: str = ""
    """A Next.js middleware that redirects, which stands before every page (Next.js docs: middleware)."""
    files: int = 0
    whole: bool = True

    def route(self, path: str) -> Seen | None:
        """The route that answers a path."""
        for pattern, seen in self.routes.items():
            regex = re.sub(r"\\?[{\[][^/]*?[}\]]|:\w+|\*\w*", "[^/]+", pattern)
            try:
                if re.fullmatch(regex.rstrip("/") or "/", path.rstrip("/") or "/"):
                    return seen
            except re.error:
                continue
        return self.routes.get(path)


def scan(tree: Path) -> SourceSeen:
    """Read a source tree; bounded in files and bytes, and nothing of it is run."""
    seen = SourceSeen()
    dockerfile = tree / "Dockerfile"
    if dockerfile.is_file():
        seen.stage = last_stage(_text(dockerfile))
    nests: list[str] = []
    for path in _files(tree):
        if seen.files >= MOST_FILES:
            seen.whole = False
            break
        seen.files += 1
        _read(seen, nests, path.relative_to(tree).as_posix(), _text(path))
    for prefix in nests:
        for route, found in list(seen.routes.items()):
            seen.routes.setdefault(f"{prefix.rstrip('/')}{route}", found)
    return seen


def _files(tree: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(tree):
        below[:] = sorted(one for one in below if one not in _PASSED_BY and not one.startswith("."))
        for name in sorted(names):
            if name.endswith(_ENDINGS) and not _TEST_FILE.search(name):
                yield Path(folder) / name


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES).decode(errors="replace")


def _read(seen: SourceSeen, nests: list[str], name: str, text: str) -> None:
    # Rust keeps its tests in the file itself, at its end.
    text = text.partition("#[cfg(test)]")[0] if name.endswith(".rs") else text

    def place(at: int) -> str:
        return f"{name}:{text.count(chr(10), 0, at) + 1}"

    for pattern, required in (*((one, True) for one in _REQUIRED), *((one, False) for one in _READ)):
        for found in pattern.finditer(text):
            _note(seen.variables, found[1], Seen(place(found.start()), required))
    for listed in _LISTED.finditer(text):
        for found in _QUOTED.finditer(listed[1]):
            _note(seen.variables, found[1], Seen(place(listed.start(1) + found.start()), required=True))
    for path, verb, at in _routes(name, text):
        before = seen.routes.get(path)
        verbs = frozenset({verb}) if verb else frozenset[str]()
        seen.routes[path] = Seen(before.where, verbs=before.verbs | verbs) if before else Seen(place(at), verbs=verbs)
    if _NEXT_MIDDLEWARE.search(name) and (gate := re.search(r"\bredirect\(", text)):
        seen.redirects = place(gate.start())
    nests += [found[1] for found in _NEST.finditer(text)]


def _note(noted: dict[str, Seen], name: str, seen: Seen) -> None:
    before = noted.get(name)
    if before is None or (seen.required and not before.required):
        noted[name] = seen


def _routes(name: str, text: str) -> Iterator[tuple[str, str, int]]:
    """Path, verb (empty for any or not known) and place of each route in a file."""
    for pattern in _ROUTES:
        for found in pattern.finditer(text):
            parts = [part for part in found.groups() if part]
            path = next(part for part in parts if part.startswith("/"))
            verb = next((part.lower() for part in parts if not part.startswith("/")), "")
            yield path, verb.upper() if verb in _VERBS - {"any", "all"} else "", found.start()
    if name.endswith(".py"):
        for found in _FLASK.finditer(text):
            verbs = re.findall(r"[A-Z]+", found[2] or "") or ["GET"]
            yield from ((found[1], verb, found.start()) for verb in verbs)
    if page := _NEXT.search(name):
        yield from _next_routes(page, text)


def _next_routes(page: re.Match[str], text: str) -> Iterator[tuple[str, str, int]]:
    """Next.js makes routes from file names (Next.js docs: route handlers, pages, route groups)."""
    path = page["app"] if page["app"] is not None else page["pages"] or ""
    kept = [one for one in path.split("/") if one and not one.startswith("(") and one != "index"]
    if page["pages"] is not None and (kept[:1] in (["_app"], ["_document"]) or not kept[:1]):
        return
    verbs = _NEXT_VERB.findall(text) or (["GET"] if page["kind"] == "page" else [""])
    yield from ((f"/{'/'.join(kept)}", verb, 0) for verb in verbs)
