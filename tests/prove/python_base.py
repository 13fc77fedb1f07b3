"""A stand-in for the Python image of the public registry: this machine's Python with pip, and the wheels it will take.

It lets the poller's own Dockerfile be built as it is, without a network.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pip
from docker import APIClient

NAME = ("python", "3.12-slim")
_LEFT_OUT = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "__pycache__"}
_LEFT_OUT |= {"site-packages", "dist-packages", "EXTERNALLY-MANAGED"}
_WITHIN_S = 300


def import_python_base(url: str, requirements: Path, constraints: Path, folder: Path) -> None:
    """Give an engine the image, with everything that these requirements ask for as wheels.

    Parameters
    ----------
    url: where the engine listens.
    requirements, constraints: as for `pip install`.
    folder: for what is fetched.
    """
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", f"--dest={wheels}"]
    command += [f"--requirement={requirements}", f"--constraint={constraints}"]
    subprocess.run(command, check=True, timeout=_WITHIN_S)
    python, stdlib = Path(os.path.realpath(sys.executable)), Path(os.__file__).parent
    libraries = _libraries([python, *stdlib.glob("lib-dynload/*.so")])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(os.path.realpath(shutil.which("busybox") or "/bin/busybox"), arcname="bin/busybox")
        _link(tar, "bin/sh", "busybox")
        tar.add(python, arcname=str(python))
        for name in ("python", "python3"):
            _link(tar, f"usr/local/bin/{name}", str(python))
        tar.add(stdlib, arcname=str(stdlib), filter=_needed)
        for library in libraries:
            tar.add(os.path.realpath(library), arcname=str(library))
        tar.add(Path(pip.__file__).parent, arcname="opt/pip", filter=_needed)
        tar.add(wheels, arcname="wheels")
        _file(tar, "usr/local/bin/pip", b'#!/bin/sh\nPYTHONPATH=/opt exec python -m pip "$@"\n')
        temporary = tarfile.TarInfo("tmp")
        temporary.type, temporary.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(temporary)
    paths = ":".join(sorted({str(library.parent) for library in libraries}))
    settings = ("PATH=/usr/local/bin:/bin", f"LD_LIBRARY_PATH={paths}", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/wheels")
    client = APIClient(base_url=url, version="auto", timeout=_WITHIN_S)
    try:
        client.import_image_from_data(
            packed.getvalue(), repository=NAME[0], tag=NAME[1], changes=[f"ENV {one}" for one in settings]
        )
    finally:
        client.close()


def _needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = entry.name.rpartition("/")[2]
    return None if name in _LEFT_OUT or name.startswith("config-") else entry


def _libraries(programs: Iterable[Path]) -> list[Path]:
    """The shared libraries of these programs, with the loader, under the names by which they are looked for."""
    said = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=True, timeout=_WITHIN_S).stdout
    words = {word for line in said.splitlines() if line.startswith("\t") for word in line.split()}
    return sorted(Path(word) for word in words if word.startswith("/"))


def _link(tar: tarfile.TarFile, name: str, target: str) -> None:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, target
    tar.addfile(link)


def _file(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    tar.addfile(entry, io.BytesIO(content))
