"""A real Slurm of one node, for every test that needs one: munged, slurmctld and slurmd.

The node has two GPUs that are plain files. Slurm hands them out as it does real ones; nothing can
be computed on them.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel", "srun")
SBIN = f"{os.environ['PATH']}:/usr/sbin"
NEEDS_SLURM = pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(name, path=SBIN) for name in PROGRAMS),
    reason="needs root and Debian's slurm-wlm and munge (scripts/install-system.sh)",
)
GPUS = 2
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
GresTypes=gpu
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000 Gres=gpu:{gpus} \
State=UNKNOWN
PartitionName=grading Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


class SlurmServer:
    """Slurm with one node in a folder.

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
        for number in range(GPUS):
            (folder / f"gpu{number}").touch()
        (folder / "gres.conf").write_text(f"Name=gpu File={folder}/gpu[0-{GPUS - 1}]\n")
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        controller_port, node_port = free_ports(2)
        (folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=socket.gethostname().split(".")[0],
                folder=folder,
                controller_port=controller_port,
                node_port=node_port,
                gpus=GPUS,
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

    def wait_until_no_jobs(self) -> None:
        """Slurm takes a moment to tell that cancelled jobs are gone."""
        end = time.monotonic() + 60
        while jobs := self.ask("squeue", "--noheader"):
            assert time.monotonic() < end, jobs
            time.sleep(0.1)

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
