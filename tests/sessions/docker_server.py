"""A real Docker daemon of the test's own, and an image of a session made of this very Python.

Nothing is downloaded: the image holds the running interpreter, the packages of a session but torch
(which takes long to copy and is not started), and what the hub gives to sessions.
"""

from __future__ import annotations

import importlib.metadata
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from packaging.requirements import Requirement

IMAGE = "gradlab-session:test"
NETWORK = "gradlab-test"
USER = 1000
GROUP = 100
HOME = "/home/jovyan"
READY_SECONDS = 60
PACKAGES = ("ipykernel", "ipywidgets", "jupyterhub", "jupyterlab", "nbgrader")
NOT_COPIED = re.compile(r"/(__pycache__|test|tests|idlelib|config-3[^/]*)(/|$)|\.a$")


class DockerServer:
    """A daemon, and a client that asks it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.client: Any = None

    def start(self) -> str:
        """Start it; return why it cannot be, or an empty text."""
        command = [
            "dockerd", "--data-root", str(self.folder / "data"), "--exec-root",
            str(self.folder / "run"), "--pidfile", str(self.folder / "pid"), "--host", self.address,
            "--bridge", "none", "--iptables=false", "--ip-masq=false",
        ]  # fmt: skip
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if "API listen on" in self._log.read_text():
                self.client = docker.DockerClient(base_url=self.address)
                return ""
            time.sleep(0.1)
        return f"no Docker daemon runs here: {self._log.read_text()[-600:]}"

    def stop(self) -> None:
        """End every container, then the daemon."""
        if self.client is not None:
            for container in self.client.containers.list(all=True):
                container.remove(force=True)
            self.client.networks.prune()
            self.client.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)


def files_of(wish: Requirement, seen: set[tuple[str, str]]) -> Iterator[Path]:
    """Return the files of an installed distribution and of all that it requires."""
    name = re.sub(r"[-_.]+", "-", wish.name).lower()
    extras = {"", *wish.extras}
    if {(name, extra) for extra in extras} <= seen:
        return
    seen |= {(name, extra) for extra in extras}
    found = importlib.metadata.distribution(wish.name)
    for one in found.files or ():
        path = Path(str(found.locate_file(one))).resolve()
        if path.is_file():
            yield path
    for text in found.requires or ():
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": one}) for one in extras):
            yield from files_of(wanted, seen)


def libraries(files: list[Path]) -> set[Path]:
    """Return the system's libraries that programs and extension modules need."""
    programs = [str(one) for one in files if ".so" in one.name or one.parent.name == "bin"]
    done = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
    found = re.findall(r"(?:=> |^\t)(/\S+) \(", done.stdout, re.M)
    return {Path(os.path.normpath(one)) for one in found}


def write_image(target: Path, given: Path) -> None:
    """Write the file system of a session's image as an archive.

    Args:
        target: where to.
        given: the folder that the hub gives to sessions.
    """
    base = Path(sys.base_prefix)
    stdlib = Path(sysconfig.get_path("stdlib"))
    python = Path(sys.executable).resolve()
    seen: set[tuple[str, str]] = set()
    packages = [one for name in PACKAGES for one in files_of(Requirement(name), seen)]
    own = [one for one in stdlib.rglob("*") if "site-packages" not in one.parts]
    files = [python, *own, *packages, Path("/bin/sh"), Path("/bin/cat")]
    files += base.glob("lib/libpython*")
    files = [one for one in files if one.is_file() and not NOT_COPIED.search(str(one))]
    venv = Path(sys.prefix)
    with tarfile.open(target, mode="w") as archive:

        def add(path: Path, name: str = "") -> None:
            status = path.stat()
            entry = tarfile.TarInfo((name or str(path)).lstrip("/"))
            entry.size = status.st_size
            entry.mode = 0o755 if status.st_mode & 0o100 else 0o644
            with path.open("rb") as data:
                archive.addfile(entry, data)

        def folder(name: str, owner: int = 0) -> None:
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            entry.uid, entry.gid = owner, GROUP if owner else 0
            archive.addfile(entry)

        def link(name: str, target: str) -> None:
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)

        def text(name: str, content: str) -> None:
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content.encode()))

        folders = {parent for one in files for parent in one.parents} | set(venv.parents) | {venv}
        for one in sorted(folders - {Path("/")}):
            if not one.is_symlink():
                folder(str(one))
        for one in sorted(set(files) | libraries(files)):
            add(one)
        for name in ("python", "python3"):
            link(f"{venv}/bin/{name}", str(python))
        add(venv / "pyvenv.cfg")
        for one in sorted(given.rglob("*")):
            target = f"/etc/gradlab/{one.relative_to(given)}"
            folder(target) if one.is_dir() else add(one, target)
        for name in ("/tmp", "/proc", "/sys", "/dev"):
            folder(name)
        folder("/home")
        folder(HOME, USER)
        text("/etc/passwd", f"jovyan:x:{USER}:{GROUP}::{HOME}:/bin/sh\n")
        text("/etc/group", f"users:x:{GROUP}:\n")


def import_image(server: DockerServer, given: Path) -> None:
    """Give the daemon the image."""
    archive = server.folder / "image.tar"
    write_image(archive, given)
    server.client.api.import_image_from_file(
        str(archive), repository=IMAGE.partition(":")[0], tag="test",
        changes=[f"ENV PATH={sys.prefix}/bin:/usr/bin:/bin", f"ENV HOME={HOME}", f"WORKDIR {HOME}"],
    )  # fmt: skip
    archive.unlink()


def missing() -> str:
    """Return why no daemon can be started at all; empty when one may be."""
    if os.geteuid() != 0:
        return "only root may start a Docker daemon"
    return "" if shutil.which("dockerd") else "Docker (Debian's docker.io) is not installed"


NEEDS_DOCKER = pytest.mark.skipif(bool(missing()), reason=missing() or "there")
