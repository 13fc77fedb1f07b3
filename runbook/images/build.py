"""Builds an image for one processor, keeps what the build says in a file, and looks at what came out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbook.errors import CancelledError, ImageError
from runbook.images.engine import Engine

_LAST_LINES = 20
_LONGEST_LINE = 400
_ANSWER_S = 10
_LARGEST_LOG = 50_000_000
"""Bytes of a build's output that are kept."""


@dataclass(frozen=True)
class Order:
    """What is to be built.

    Parameters
    ----------
    source: folder with the Dockerfile.
    name: what the image is called afterwards, `repository:tag`.
    platform: `linux/amd64` or `linux/arm64`.
    """

    source: Path
    name: str
    platform: str

    @property
    def processor(self) -> str:
        """The processor as engines write it."""
        return self.platform.rpartition("/")[2]


def build(engine: Engine, order: Order, log: Path, stopped: Callable[[], bool] = lambda: False) -> None:
    """Build, with BuildKit where the docker program has it, else with the engine's own builder.

    Raises
    ------
    ImageError: the build failed, with its last lines; or the image is for another processor.
    CancelledError: the operator stopped it.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = _with_buildkit(engine, order, stopped) if _has_buildkit() else _with_engine(engine, order)
    _keep(lines, log, order, stopped)
    found = engine.architecture(order.name)
    if found != order.processor:
        raise ImageError(
            f"{order.name} was to be built for {order.processor} and is for {found or 'an unknown processor'}; "
            "tasks could not start it",
            hint=(
                "The engine's own builder ignores the platform: install Docker's buildx plugin, build on a machine "
                f"with that processor, or set architecture in karet.toml. The build's output is in {log}."
            ),
        )


def _has_buildkit() -> bool:
    """Whether the docker program has its buildx plugin; without it, it falls back to the old builder silently."""
    program = shutil.which("docker")
    if program is None:
        return False
    try:
        asked = subprocess.run(
            [program, "buildx", "version"],
            capture_output=True,
            timeout=_ANSWER_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _with_buildkit(engine: Engine, order: Order, stopped: Callable[[], bool]) -> Iterator[str]:
    """Build with `docker buildx`, without the attestations that would turn the image into an index."""
    command = ["docker", "buildx", "build", "--load", "--progress=plain", "--provenance=false", "--sbom=false"]
    command += [f"--platform={order.platform}", f"--tag={order.name}", str(order.source)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DOCKER_HOST": engine.url},
    ) as running:
        try:
            yield from running.stdout or ()
        finally:
            if stopped():
                running.terminate()
        code = running.wait()
    if code != 0:
        raise ImageError(f"docker buildx build ended with {code}")


def _with_engine(engine: Engine, order: Order) -> Iterator[str]:
    """Build with the engine's own builder; an error arrives as a message of its own."""
    with closing(engine.build(order.source, name=order.name, platform=order.platform)) as messages:
        for message in messages:
            if "error" in message:
                yield str(message["error"])
                raise ImageError(str(message["error"]).strip())
            yield from _text(message)


def _text(message: Mapping[str, Any]) -> Iterable[str]:
    """The text of one message; progress bars are left out."""
    if "stream" in message:
        yield str(message["stream"])
    elif "status" in message and "progressDetail" not in message:
        yield f"{message.get('id', '')} {message['status']}\n".lstrip()


def _keep(lines: Iterator[str], log: Path, order: Order, stopped: Callable[[], bool]) -> None:
    """Write the output to the file, and show its end when the build fails."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    written = 0
    try:
        with log.open("w", encoding="utf-8", errors="replace") as file:
            for line in lines:
                if written < _LARGEST_LOG:
                    written += file.write(line)
                last.extend(one[:_LONGEST_LINE] for one in line.splitlines() if one.strip())
                if stopped():
                    raise CancelledError(f"the build of {order.source} was stopped")
    except ImageError as error:
        said = "\n".join(f"  {line}" for line in last) or f"  {error.message}"
        raise ImageError(
            f"the build of {order.source} failed; its last lines:\n{said}",
            hint=error.hint or f"The whole output is in {log}. Correct the source and run the same command again.",
        ) from error
    except OSError as error:
        raise ImageError(f"the build's output cannot be written to {log}: {error.strerror}") from error
