"""A container engine and a registry of our own, on this machine and in folders that go away."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from docker import APIClient
from docker.errors import DockerException

INSTALL = Path(__file__).parents[2] / "tools" / "install_prove_tools.sh"
BASE = ("busybox", "stable-musl")
_WITHIN_S = 60.0

NO_POLLER = "events=none"
"""For proofs of what happens to any image; the poller's own takes a Python with it (`python_base.py`)."""


def why_no_tools(*more: str) -> str:
    """Installs engine, registry and more where they are missing; why that cannot be done, or nothing."""
    done = subprocess.run([str(INSTALL), *more], capture_output=True, text=True, timeout=600, check=False)
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until(what: str, is_true: Callable[[], bool], log: Path) -> None:
    """Asks until the answer is yes; not for ever."""
    end = time.monotonic() + _WITHIN_S
    while not is_true():
        assert time.monotonic() < end, f"{what} did not happen in {_WITHIN_S:.0f} s:\n{log.read_text()[-3000:]}"
        time.sleep(0.1)


@contextmanager
def started(command: list[str], log: Path) -> Iterator[None]:
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)


@contextmanager
def engine() -> Iterator[str]:
    """dockerd without systemd, bridge and firewall rules; its address."""
    folder = Path(tempfile.mkdtemp(prefix="karet-engine-"))
    url = f"unix://{folder}/docker.sock"
    command = ["dockerd", "--host", url, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    command += ["--pidfile", f"{folder}/pid", "--bridge=none", "--iptables=false", "--ip6tables=false"]
    command += ["--ip-forward=false", "--ip-masq=false"]
    try:
        with started(command, folder / "log"):
            until("the engine's answer", lambda: _answers(url), folder / "log")
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def podman(*registry_ports: int) -> Iterator[str]:
    """Podman's service with a store of its own; its address. It speaks plain HTTP to registries at these ports."""
    folder = Path(tempfile.mkdtemp(prefix="karet-podman-"))
    url = f"unix://{folder}/podman.sock"
    registries = folder / "registries.conf"
    local = "".join(f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n' for port in registry_ports)
    registries.write_text(f'unqualified-search-registries = ["docker.io"]\n{local}')
    command = ["env", f"CONTAINERS_REGISTRIES_CONF={registries}", "podman", "--root", f"{folder}/data"]
    command += ["--runroot", f"{folder}/run", "--storage-driver=vfs", "--cgroup-manager=cgroupfs"]
    try:
        with started([*command, "system", "service", "--time=0", url], folder / "log"):
            until("podman's answer", lambda: _answers(url), folder / "log")
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    # docker-py lets a socket that nobody answers lie about.
    with socket.socket(socket.AF_UNIX) as knocking:
        if knocking.connect_ex(url.removeprefix("unix://")) != 0:
            return False
    try:
        client = APIClient(base_url=url, version="auto", timeout=5)
    except DockerException:
        return False
    try:
        return bool(client.ping())
    finally:
        client.close()


@contextmanager
def registry(user: str, password: str, port: int = 0) -> Iterator[str]:
    """docker-registry with a password, as host:port."""
    folder = Path(tempfile.mkdtemp(prefix="karet-registry-"))
    host = f"127.0.0.1:{port or free_port()}"
    hashed = subprocess.run(
        [str(shutil.which("htpasswd")), "-niB", user],
        input=password,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    (folder / "htpasswd").write_text(hashed.stdout)
    (folder / "config.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{host}'}}\n"
        f"auth: {{htpasswd: {{realm: karet, path: {folder}/htpasswd}}}}\n"
    )

    def answers() -> bool:
        try:
            urlopen(f"http://{host}/v2/", timeout=5)
        except URLError as error:
            return getattr(error, "code", 0) == 401
        return False

    try:
        with started(["docker-registry", "serve", f"{folder}/config.yml"], folder / "log"):
            until("the registry's answer", answers, folder / "log")
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def import_base_image(url: str) -> None:
    """The image that the examples are built on, made of this machine's static busybox: no hub is asked."""
    busybox = Path(shutil.which("busybox") or "/bin/busybox")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(os.path.realpath(busybox), arcname="bin/busybox")
        for name in ("sh", "wget", "cat"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    client = APIClient(base_url=url, version="auto", timeout=60)
    try:
        client.import_image_from_data(packed.getvalue(), repository=BASE[0], tag=BASE[1])
        if not client.images(name=":".join(BASE)):
            # Podman 4.3 takes no notice of the tag.
            client.tag(f"{BASE[0]}:latest", BASE[0], BASE[1])
    finally:
        client.close()


@dataclass(frozen=True)
class Running:
    """A container that was started from an image."""

    client: APIClient
    id: str

    def logs(self) -> str:
        return str(self.client.logs(self.id).decode())

    def inspect(self) -> dict[str, Any]:
        """What the engine knows about it."""
        return dict(self.client.inspect_container(self.id))

    def ended_with(self, *command: str) -> int:
        """The exit code of a command that runs inside it."""
        made = self.client.exec_create(self.id, list(command))["Id"]
        self.client.exec_start(made)
        return int(self.client.exec_inspect(made)["ExitCode"])


@contextmanager
def running(url: str, image: str, environment: dict[str, str]) -> Iterator[Running]:
    """A container of an image, in this machine's own network."""
    client = APIClient(base_url=url, version="auto", timeout=60)
    try:
        made = client.create_container(
            image, environment=environment, host_config=client.create_host_config(network_mode="host")
        )
        client.start(made["Id"])
        try:
            yield Running(client, made["Id"])
        finally:
            client.remove_container(made["Id"], force=True)
    finally:
        client.close()
