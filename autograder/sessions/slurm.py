"""A person's notebook server as a Slurm job.

What it guarantees:

- The job asks for what was granted and nothing else: what a person sends with a start never reaches
  `sbatch`.
- A person has one job: what a hub that died left waiting is cancelled before a new one is put in.
- A session can tell the hub its port, and nothing else.
- A session does not start on an interpreter that has gradlab's own packages, which hold the
  solutions.
- The hub's own environment, and with it the hub's secrets, do not go into the job.

What it does not do: hold the devices itself. Slurm does (`ConstrainDevices` in its cgroup.conf);
the lease counts against the declared inventory, so that queue, budgets and reservations hold.
"""

from __future__ import annotations

import json
import math
import os
import pwd
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from batchspawner import MultiSlurmSpawner
from batchspawner.api import BatchSpawnerAPIHandler
from jupyterhub.apihandlers import default_handlers
from jupyterhub.apihandlers.base import APIHandler
from tornado.web import HTTPError, authenticated
from traitlets import Bool, Dict, Unicode

from autograder.gpu import Device, Lease, Profile
from autograder.sessions.confine import PRIVATE_PACKAGES
from autograder.sessions.limits import Limited
from autograder.sessions.mixin import GpuMixin, spawn_error
from autograder.sessions.role import RoleMixin, start_program

ACCOUNT = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")
BATCH_SCRIPT = """#!/bin/bash
#SBATCH --job-name={{jobname}}
#SBATCH --output={{homedir}}/.gradlab-session.log
#SBATCH --open-mode=truncate
#SBATCH --chdir={{homedir}}
#SBATCH --export={{keepvars}}
#SBATCH --no-requeue
#SBATCH --nodes=1
#SBATCH --ntasks=1
{% if partition %}#SBATCH --partition={{partition}}
{% endif %}{% if account %}#SBATCH --account={{account}}
{% endif %}{% if qos %}#SBATCH --qos={{qos}}
{% endif %}{% if reservation %}#SBATCH --reservation={{reservation}}
{% endif %}{% if runtime %}#SBATCH --time={{runtime}}
{% endif %}{% if memory %}#SBATCH --mem={{memory}}
{% endif %}{% if nprocs %}#SBATCH --cpus-per-task={{nprocs}}
{% endif %}{% if gres %}#SBATCH --gres={{gres}}
{% endif %}{{options}}
umask 077
if {{python}} -I -c '{{has_solutions}}'; then
    echo "{{python}} has gradlab, which holds the solutions: [spawner.slurm] python" >&2
    exit 78
fi
exec srun --export=ALL {{cmd}}
"""
# Succeeds when the interpreter has what no student may read.
HAS_SOLUTIONS = (
    "import sys; from importlib.util import find_spec as f; "
    f"sys.exit(not any(f(name) for name in {PRIVATE_PACKAGES!r}))"
).replace("'", '"')


class JobSpawner(GpuMixin, RoleMixin, Limited, MultiSlurmSpawner):  # type: ignore[misc]  # batchspawner ships no types
    """Start `jupyterhub-singleuser` in a Slurm job."""

    batch_script = Unicode(BATCH_SCRIPT).tag(config=True)
    as_person = Bool(
        default_value=True, help="Whether jobs belong to the person's system account."
    ).tag(config=True)
    homes = Unicode(help="The folder of all homes when jobs belong to the hub's account.").tag(
        config=True
    )
    python = Unicode(help="The interpreter on the nodes.").tag(config=True)
    listen = Unicode("0.0.0.0", help="The address that a session listens on.").tag(config=True)  # noqa: S104 - the node's address is not known before the job runs
    kind_gres = Dict(help="What a device is called in --gres, by its kind.").tag(config=True)
    profile_gres = Dict(help="What a profile needs, whatever its kind.").tag(config=True)

    req_jobname = Unicode()

    def use(self, profile: Profile, lease: Lease | None) -> None:
        """Turn what was granted into the job's request."""
        self.limit(profile)
        self.req_gres = "" if lease is None else self._gres(profile, lease.device)
        self.req_nprocs = str(math.ceil(self.cpu_limit)) if self.cpu_limit else ""
        self.req_memory = f"{self.mem_limit >> 20}M" if self.mem_limit else ""
        self.req_runtime = str(math.ceil(profile.hours * 60)) if profile.hours else ""

    def _gres(self, profile: Profile, device: Device) -> str:
        own = self.profile_gres.get(profile.name)
        return str(own or self.kind_gres[str(profile.kind)]).replace("{profile}", device.mig)

    def lease_environment(self, lease: Lease | None) -> dict[str, str]:
        """Name the lease and its part of the memory; the device, only Slurm knows."""
        return {"CUDA_VISIBLE_DEVICES": ""} if lease is None else lease.environment_elsewhere()

    @property
    def account_name(self) -> str:
        """Return the person's system account.

        Raises:
            SpawnException: the name could be no account's, or be read as something else by a shell.
        """
        name = str(self.user.name)
        if not ACCOUNT.fullmatch(name):
            raise spawn_error(
                f"{name!r} cannot be the name of a system account, and sessions here are jobs of "
                "one. Ask the staff of your course for an account of another name."
            )
        return name

    @property
    def home(self) -> Path:
        """Return the person's home on the nodes.

        Raises:
            SpawnException: the person has no system account.
        """
        name = self.account_name
        if not self.as_person:
            return Path(str(self.homes), name)
        try:
            return Path(pwd.getpwnam(name).pw_dir)
        except KeyError:
            self.log.error(
                "no system account %r on the hub's machine: make one there and on the nodes, or "
                'run all sessions under one account with [spawner.slurm] accounts = "hub"',
                name,
            )
            raise spawn_error(
                f"There is no system account {name!r} on this cluster, and sessions here are jobs "
                "of one's own account. Ask the staff of your course to have it made, then start "
                "your server again."
            ) from None

    async def run_pre_spawn_hook(self) -> None:
        """Refuse who has no account before they wait for a device."""
        _ = self.home
        await super().run_pre_spawn_hook()

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what the person's own processes need."""
        env["USER"] = env["LOGNAME"] = self.account_name
        env["HOME"] = str(self.home)
        env["SHELL"] = "/bin/bash"
        binaries = str(Path(self.python).parent)
        env["PATH"] = os.pathsep.join([binaries, env.get("PATH", os.defpath)])
        url = urlsplit(env["JUPYTERHUB_SERVICE_URL"])
        listening = url._replace(netloc=f"{self.listen}:{url.port or 0}")
        env["JUPYTERHUB_SERVICE_URL"] = listening.geturl()
        return env

    def get_req_subvars(self) -> dict[str, Any]:
        """Return what the templates of script and commands are filled with."""
        self.req_username = self.account_name
        self.req_homedir = str(self.home)
        self.req_jobname = f"gradlab-{self.account_name}"
        self.req_keepvars = ",".join(sorted(self.get_env()))
        self.exec_prefix = f"sudo -E -u {self.account_name}" if self.as_person else ""
        values: dict[str, Any] = super().get_req_subvars()
        return values

    def cmd_formatted_for_batch(self) -> str:
        """Return the command in the script: tell the hub the port, then serve."""
        arguments = ["--allow-root"] if os.geteuid() == 0 and not self.as_person else []
        start = start_program(str(self.config_seen))
        command = [self.python, "-m", "batchspawner.singleuser", start, *self.get_args()]
        return shlex.join([*command, *arguments])

    async def _get_batch_script(self, **_: Any) -> str:
        """Return the script; what the person sent with the start is not asked."""
        values = self.get_req_subvars() | {
            "cmd": self.cmd_formatted_for_batch(),
            "python": shlex.quote(self.python),
            "has_solutions": HAS_SOLUTIONS,
        }
        script: str = await super()._get_batch_script(**values)
        return script

    async def submit_batch_script(self) -> str:
        """Cancel what is left of an earlier session, then submit."""
        if not self.as_person:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        prefix = self.get_req_subvars() and self.exec_prefix
        await self.run_command(
            f"{prefix} scancel --name={self.req_jobname}".strip(), env=self.get_env()
        )
        job: str = await super().submit_batch_script()
        return job


class PortHandler(APIHandler):  # type: ignore[misc]  # jupyterhub ships no types
    """Where a session tells its port.

    batchspawner's own takes any attribute of the spawner, among them the id of the job, which is
    put into a command line on the hub's machine: any student could run commands there.
    """

    @authenticated  # type: ignore[untyped-decorator]  # tornado's type is lost with the base class
    def post(self) -> None:
        """Take the port of the session whose token asks."""
        token = self.get_auth_token()
        spawners = getattr(self.current_user, "spawners", {}).values()
        mine = [one for one in spawners if token and one.api_token == token]
        body = self.get_json_body()
        if not mine:
            raise HTTPError(403, "only a session tells its port")
        if not isinstance(body, dict) or set(body) != {"port"}:
            raise HTTPError(400, "expected one number, port")
        port = body["port"]
        if isinstance(port, bool) or not isinstance(port, int) or not 1024 <= port <= 65535:
            raise HTTPError(400, "port: expected a number from 1024 to 65535")
        if mine[0].pending != "spawn":
            raise HTTPError(409, "this session has started already")
        mine[0].port = port
        self.set_status(201)
        self.finish(json.dumps({"message": "port noted"}))


def _close_batchspawner_handler() -> None:
    """Put our handler in the place of batchspawner's.

    batchspawner puts its own into the hub's table when it is imported; so this is done on import.
    """
    for number, (path, handler, *_) in enumerate(default_handlers):
        if handler is BatchSpawnerAPIHandler:
            default_handlers[number] = (path, PortHandler)


_close_batchspawner_handler()
