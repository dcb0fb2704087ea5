"""`gradlab grade --scheduler` with a worker on what is another machine, as far as one can tell.

The worker's machine has a network of its own, a data directory, a home and a current folder in
which there is nothing, and where the course and the gradebook are here it has an empty disk.
The way there is a cable between two addresses, neither of them loopback; the certificates are
those of an authority that signed one for each side.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from autograder.course import Layout
from autograder.course.manifest import Manifest

from ..slurm_server import free_ports
from .conftest import stored_reports, submission

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("ip", path=f"{os.environ['PATH']}:/usr/sbin") is None,
        reason="a second network needs root and the program ip",
    ),
]
PROGRAMS = Path(sys.executable).parent
HERE, THERE = "10.213.77.1", "10.213.77.2"
WAIT_SECONDS = 60


def run(*command: str) -> None:
    """Run a program to its end."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Authority:
    """Signs certificates into a folder.

    Args:
        folder: for the files.
        name: of the authority.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._write("ca", self._key, self._signed(name, self._key, is_authority=True))

    def sign(self, name: str) -> tuple[str, ...]:
        """Make a key and a certificate; return the files of authority, certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(name, key, self._signed(name, key, is_authority=False))
        files = ("ca.pem", f"{name}.pem", f"{name}.key")
        return tuple(str(self._folder / file) for file in files)

    def _signed(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name: str, key: ec.EllipticCurvePrivateKey, made: x509.Certificate) -> None:
        pem = serialization.Encoding.PEM
        (self._folder / f"{name}.pem").write_bytes(made.public_bytes(pem))
        private = key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self._folder / f"{name}.key").write_bytes(private)


@dataclass(frozen=True)
class Machine:
    """A network of its own with one cable to this one.

    Args:
        name: of the network.
        folder: the only place of the tests' files that is there.
    """

    name: str
    folder: Path

    def start(self, command: list[str], hidden: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start a program there; where `hidden` is here, it finds an empty folder."""
        (self.folder / "cwd").mkdir()
        (self.folder / "home").mkdir()
        environment = {"PATH": f"{PROGRAMS}:/usr/bin:/bin:/usr/sbin:/sbin", "TMPDIR": "/tmp"}
        environment["HOME"] = str(self.folder / "home")
        enter = ["/usr/sbin/ip", "netns", "exec", self.name, "unshare", "--mount", "--uts"]
        alone = 'mount -t tmpfs none "$1" && hostname elsewhere && shift && exec "$@"'
        with log.open("wb") as out:
            return subprocess.Popen(
                [*enter, "sh", "-c", alone, "sh", str(hidden), *command],
                cwd=self.folder / "cwd",
                env=environment,
                stdout=out,
                stderr=out,
            )


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The other machine."""
    name = f"gradlab-{os.getpid()}"
    end = f"gl{os.getpid()}"
    run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", f"{end}a", "type", "veth", "peer", "name", f"{end}b")
        run("ip", "link", "set", f"{end}b", "netns", name)
        run("ip", "addr", "add", f"{HERE}/30", "dev", f"{end}a")
        run("ip", "link", "set", f"{end}a", "up")
        inside = ("ip", "-n", name)
        run(*inside, "addr", "add", f"{THERE}/30", "dev", f"{end}b")
        run(*inside, "link", "set", f"{end}b", "up")
        run(*inside, "link", "set", "lo", "up")
        yield Machine(name, tmp_path_factory.mktemp("elsewhere"))
    finally:
        with contextlib.suppress(AssertionError):
            run("ip", "link", "del", f"{end}a")  # at once; with its network it goes a while later
        run("ip", "netns", "del", name)


def tls(files: tuple[str, ...]) -> list[str]:
    """Return dask's options for a certificate."""
    names = ("--tls-ca-file", "--tls-cert", "--tls-key")
    return [word for name, file in zip(names, files, strict=True) for word in (name, file)]


@contextlib.contextmanager
def ended(program: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a program at the end."""
    with program:
        try:
            yield program
        finally:
            program.terminate()
            try:
                program.wait(20)
            except subprocess.TimeoutExpired:
                program.kill()


def until_answers(address: tuple[str, int], program: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something listens there."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(address, 1):
            return
        assert program.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


def grade(layout: Layout, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `gradlab grade` here."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("GRADLAB_")}
    environment |= layout.to_environment() | {"GRADLAB_CLUSTER_WAIT": str(WAIT_SECONDS)}
    environment["PATH"] = f"{PROGRAMS}:{environment['PATH']}"
    command = [str(PROGRAMS / "gradlab"), "grade", "tiny", "--json", "--jobs", "1", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def reports(layout: Layout) -> dict[str, bytes | None]:
    """Return the stored reports."""
    return stored_reports(layout)


def test_a_worker_needs_nothing_of_this_machine_but_the_way_to_the_scheduler(
    machine: Machine, layout: Layout, manifest: Manifest, tmp_path: Path
) -> None:
    """Submissions and course travel there, reports back; they are those of a local run.

    Without certificates, or with those of another authority, nobody is spoken to.
    """
    answers = ["return 2 * x", "return 3 * x", "return 1 / 0", "import os; os._exit(1)"]
    for number, answer in enumerate(answers):
        folder = layout.submitted / f"s{number}" / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_bytes(submission(manifest, 3, answer))
    authority = Authority(machine.folder / "authority", "course")
    stranger = Authority(machine.folder / "stranger", "stranger")
    (port,) = free_ports(1)
    address = f"tls://{HERE}:{port}"
    logs = {name: machine.folder / f"{name}.log" for name in ("scheduler", "worker")}
    dask = str(PROGRAMS / "dask")
    with logs["scheduler"].open("wb") as out:
        scheduler = subprocess.Popen(
            [dask, "scheduler", "--host", address, "--no-dashboard", "--no-show",
             *tls(authority.sign("scheduler"))],
            stdout=out, stderr=out, cwd=machine.folder,
        )  # fmt: skip
    worker_command = [
        dask, "worker", address, "--host", f"tls://{THERE}", "--nthreads", "1", "--no-dashboard",
        "--memory-limit", "0", "--local-directory", "space", *tls(authority.sign("worker")),
    ]  # fmt: skip
    with ended(scheduler):
        until_answers((HERE, port), scheduler, logs["scheduler"])
        with ended(machine.start(worker_command, tmp_path, logs["worker"])):
            names = ("--tls-ca", "--tls-cert", "--tls-key")
            own = [w for pair in zip(names, authority.sign("me"), strict=True) for w in pair]
            others = [w for pair in zip(names, stranger.sign("me"), strict=True) for w in pair]
            plain = grade(layout, "--scheduler", f"tcp://{HERE}:{port}")
            assert plain.returncode == 2
            assert "not protected" in " ".join(plain.stderr.replace("│", " ").split())
            refused = grade(layout, "--scheduler", address, *others)
            assert refused.returncode == 3
            assert "TLS certificate does not match" in refused.stderr
            assert reports(layout) == {}
            done = grade(layout, "--scheduler", address, *own)
            said = f"{done.stdout}\n{done.stderr}\n{logs['worker'].read_text()}"
            assert done.returncode == 0, said
            assert json.loads(done.stdout)["graded"] == len(answers)
            assert list((machine.folder / "cwd").rglob("gradlab-*")) == []
    assert "Starting Worker plugin gradlab-" in logs["worker"].read_text()
    assert list((machine.folder / "home").rglob("*.db")) == []
    graded_there = reports(layout)
    assert len(graded_there) == len(answers)
    here = grade(layout, "--fresh")
    assert here.returncode == 0, here.stderr
    assert reports(layout) == graded_there
