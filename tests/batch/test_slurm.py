"""`gradlab grade --cluster slurm` on a real Slurm of one node, started for this test."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.course.manifest import Manifest

from .conftest import submission

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo")
SBIN = f"{os.environ['PATH']}:/usr/sbin"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        os.geteuid() != 0 or not all(shutil.which(name, path=SBIN) for name in PROGRAMS),
        reason="needs root and Debian's slurm-wlm and munge (scripts/install-system.sh)",
    ),
]
GRADLAB = str(Path(sys.executable).parent / "gradlab")
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
MailProg=/bin/true
KillWait=2
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000 State=UNKNOWN
PartitionName=grading Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


class SlurmServer:
    """Slurm with one node in a folder: munged, slurmctld and slurmd.

    Args:
        folder: for its files; short, since munge has a socket there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs: list[subprocess.Popen[bytes]] = []
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SLURM")
        } | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": SBIN}

    def start(self) -> None:
        """Start all three and wait until the node takes jobs."""
        folder = self._folder
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        controller_port, node_port = free_ports(2)
        (folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=socket.gethostname().split(".")[0],
                folder=folder,
                controller_port=controller_port,
                node_port=node_port,
            )
        )
        files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{option}={folder}/munge.{suffix}" for option, suffix in files.items()]
        self._run("munged", "--foreground", "--force", *options)
        self._wait("munge", "--socket", f"{folder}/munge.socket", "--no-input")
        self._run("slurmctld", "-D")
        self._run("slurmd", "-D", "-N", "node")
        self._wait("sinfo", "--noheader", "--states=idle", "--format=%N", answer="node")

    def close(self) -> None:
        """End them, last first."""
        for program in reversed(self._programs):
            program.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(20)
            program.kill()
            program.wait()

    def ask(self, *command: str) -> str:
        """Return what a program of Slurm prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}"

    def log(self) -> str:
        """Return what the servers wrote."""
        return "\n".join(path.read_text()[-3000:] for path in self._folder.glob("*.out"))

    def _run(self, *command: str) -> None:
        log = (self._folder / f"{command[0]}.out").open("wb")
        with log:
            self._programs.append(
                subprocess.Popen(
                    command, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    def _wait(self, *command: str, answer: str | None = None) -> None:
        """Wait until a program succeeds and prints the answer, if one is expected."""
        end = time.monotonic() + 60
        said = self.ask(*command)
        while said != answer if answer else said.startswith("failed"):
            assert time.monotonic() < end, f"{command}: {said!r}\n{self.log()}"
            time.sleep(0.1)
            said = self.ask(*command)


def free_ports(number: int) -> list[int]:
    """Ports that nothing on this machine listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmServer]:
    """A running Slurm."""
    server = SlurmServer(tmp_path_factory.mktemp("slurm"))
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_a_batch_on_slurm_gives_the_local_reports(
    slurm: SlurmServer, layout: Layout, manifest: Manifest, tmp_path: Path
) -> None:
    """Two Slurm jobs grade; reports are byte for byte local ones, and no job stays behind."""
    answers = ["return 2 * x", "return 3 * x", "return 1 / 0", "import os; os._exit(1)"]
    for number in range(8):
        folder = layout.submitted / f"s{number}" / "tiny"
        folder.mkdir(parents=True)
        code = f"{answers[number % 4]} # {number}"
        (folder / "tiny.ipynb").write_bytes(submission(manifest, number, code))
    shared = tmp_path / "shared"
    shared.mkdir()
    env = {name: v for name, v in slurm.environment.items() if not name.startswith("GRADLAB_")} | {
        "GRADLAB_COURSE": str(layout.root),
        "GRADLAB_HOME": str(layout.home),
        "GRADLAB_CLUSTER_MEMORY": "900MB",
        "GRADLAB_CLUSTER_WAIT": "120",
        "GRADLAB_SLURM_PARTITION": "grading",
        "GRADLAB_SLURM_INTERFACE": "lo",
        "GRADLAB_SLURM_SHARED": str(shared),
        "GRADLAB_SLURM_LOGS": str(tmp_path / "logs"),
        "GRADLAB_SLURM_DIRECTIVES": "--comment='graded by gradlab'",
        "PATH": f"{Path(sys.executable).parent}:{SBIN}",
    }
    command = [GRADLAB, "grade", "tiny", "--json", "--jobs", "2"]
    done = subprocess.run(
        [*command, "--cluster", "slurm"], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    logs = "\n".join(path.read_text()[-3000:] for path in (tmp_path / "logs").glob("*"))
    assert done.returncode == 0, f"{done.stderr}\n{logs}\n{slurm.log()}"
    assert json.loads(done.stdout)["graded"] == 8
    assert logs.count("Starting Worker plugin gradlab-") >= 1, logs
    on_slurm = {path.name: path.read_bytes() for path in layout.reports.glob("??/*.json")}
    assert len(on_slurm) == 8
    again = subprocess.run([*command, "--fresh"], env=env, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert {path.name: path.read_bytes() for path in layout.reports.glob("??/*.json")} == on_slurm
    wait_until_no_jobs(slurm)
    assert list(shared.iterdir()) == []


def wait_until_no_jobs(slurm: SlurmServer) -> None:
    """Slurm takes a moment to tell that cancelled jobs are gone."""
    end = time.monotonic() + 60
    while jobs := slurm.ask("squeue", "--noheader"):
        assert time.monotonic() < end, jobs
        time.sleep(0.1)
