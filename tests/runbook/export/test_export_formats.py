"""Every form of a run tells the same, escapes what came from AWS or a person, and holds no secret."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import nbformat
import pytest
from markdown_it import MarkdownIt
from sample_log import VPC, place_in, write_run
from secret_shapes import SHAPES

from runbook.export.escaping import file_name
from runbook.export.notebook import as_notebook, code_of
from runbook.runs.export import FORMATS, export_all, export_run, log_of
from runbook.runs.place import Place

ROOT = Path(__file__).parents[3]
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) ``` `$(touch hacked)` "
    '${HOME} | cell\n# heading\n\u202e\x1b[31m \'; rm -rf / #""" \\'
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = place_in(tmp_path_factory.mktemp("exports"))
    write_run(place)
    return place


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = place_in(tmp_path_factory.mktemp("hostile"))
    write_run(place, text=HOSTILE)
    return place


@pytest.mark.parametrize("form", ["md", "html", "json", "ipynb"])
def test_every_form_tells_who_what_when_where_and_what_came_of_it(place: Place, form: str) -> None:
    text = export_run(place, "latest", form)  # type: ignore[arg-type]
    for told in ("karet apply", "ana", "machine", "123456789012", "us-east-1", "0.1.0", "0123456789ab", "CreateVpc",
                 VPC, "services.web", "not started" if form != "json" else "not_started", "req-1",
                 "123.40" if form != "json" else "123.4", "image pull"):  # fmt: skip
        if (form, told) not in {("ipynb", "image pull"), ("ipynb", "CreateVpc")}:
            assert told in text, told


@pytest.mark.parametrize(("calls", "folds"), [(90, 0), (250, 3)])
def test_very_many_steps_are_folded_by_hundreds_in_their_order(calls: int, folds: int, tmp_path: Path) -> None:
    place = place_in(tmp_path)
    write_run(place, calls=calls)
    page = export_run(place, "latest", "html")
    assert page.count('<details class="many">') == folds
    names = ["network.vpc", *(f"network.subnet-{number}" for number in range(calls))]
    assert re.findall(r"<strong>(network\.[a-z0-9-]+)</strong>", page) == names
    if folds:
        first, *_, last = re.findall(r'<details class="many"><summary>(.*?)</summary>', page, re.DOTALL)
        assert first.startswith("1 to 100 of 251: network.vpc to network.subnet-98, 100 ")
        assert last.startswith("201 to 251 of 251: network.subnet-199 to network.subnet-249, 51 ")


def test_a_section_in_which_nothing_was_done_says_so(place: Place) -> None:
    text = export_run(place, "latest", "md")
    assert "Nothing was done: the run was not about this section." in text.replace("\\", "")
    assert "Nothing was done: as declared 1, not begun 0." in text.replace("\\", "")


def test_the_json_is_of_the_documented_form(place: Place) -> None:
    schema = json.loads((ROOT / "docs" / "run-log.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(export_run(place, "latest", "json")))


def test_the_notebook_is_one_and_its_cells_are_python(hostile: Place) -> None:
    text = export_run(hostile, "latest", "ipynb")
    nbformat.validate(nbformat.reads(text, as_version=4))
    code = code_of(text)
    ast.parse(code)
    assert "network_vpc_id = found('Vpc.VpcId', answer)" in code
    assert "VpcId=network_vpc_id" in code
    assert VPC not in code


def test_the_cells_of_a_removal_keep_the_order_of_the_run(place: Place) -> None:
    log = log_of(place, "latest")
    # A document that tells the sections the other way round than the run went through them.
    code = code_of(as_notebook(replace(log, destroys=True, sections=tuple(reversed(log.sections)))))
    began = [code.index(f"{step.section} {step.id}: ") for step in sorted(
        (step for step in log.steps if step.calls), key=lambda step: step.calls[0].seq)]  # fmt: skip
    assert began == sorted(began)
    # What AWS may answer for a while right after something was made, and for how long that is worth asking again.
    assert r"patiently(60, '\\(Invalid[^)]*\\.NotFound\\)', lambda: client('ec2')." in code


def test_the_script_is_one_and_takes_ids_from_answers(hostile: Place, tmp_path: Path) -> None:
    script = tmp_path / "run.sh"
    script.write_text(export_run(hostile, "latest", "sh"))
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text()
    assert "NETWORK_VPC_ID=$(aws ec2 create-vpc" in text
    assert '--vpc-id "${NETWORK_VPC_ID}"' in text
    assert VPC not in text
    assert "set -euo pipefail" in text
    # A call that AWS refused is told and not repeated; nothing of it is a command.
    assert not re.search(r"^aws ecs create-service", text, re.MULTILINE)
    assert "touch hacked" not in "\n".join(line for line in text.splitlines() if not line.startswith("#"))


class Seen(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_runs_nothing_but_its_own_script(hostile: Place) -> None:
    page = export_run(hostile, "latest", "html")
    seen = Seen()
    seen.feed(page)
    tags = [tag for tag, _ in seen.elements]
    assert tags.count("script") == 2
    assert not {"img", "iframe", "link", "object", "embed", "form", "base"} & set(tags)
    for tag, attributes in seen.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")], (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(a["content"] for t, a in seen.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_markdown_takes_nothing_from_outside_as_markup(hostile: Place) -> None:
    text = export_run(hostile, "latest", "md")
    rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    seen = Seen()
    seen.feed(rendered)
    assert not {"script", "img", "a"} & {tag for tag, _ in seen.elements}
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_no_export_holds_a_secret(shape: object, tmp_path: Path) -> None:
    planted = shape.planted if isinstance(shape.planted, str) else json.dumps(shape.planted)  # type: ignore[attr-defined]
    place = place_in(tmp_path)
    # A parameter that the operation has, since a script is made of parameters that AWS takes.
    write_run(place, calls=1, text=planted, TagSpecifications=shape.planted)  # type: ignore[attr-defined]
    texts = {form: export_run(place, "latest", form) for form in FORMATS}
    assert "tag-specifications" in texts["sh"]
    assert "TagSpecifications" in texts["ipynb"]
    texts["journal"] = place.journal.read_bytes().decode(errors="replace")
    found = [(form, one) for one in shape.needles for form, text in texts.items() if one in text]  # type: ignore[attr-defined]
    assert found == []


def test_all_forms_are_written_under_safe_names(place: Place, tmp_path: Path) -> None:
    made = export_all(place, "latest", tmp_path / "out")
    assert sorted(path.suffix for path in made) == [".html", ".ipynb", ".json", ".md", ".sh"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in made)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b;c", "", "x" * 300, ".hidden", "con\x00"])
def test_a_file_name_is_safe(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9-]{1,80}", file_name(name))
