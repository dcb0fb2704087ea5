"""How long a student's notebook server takes to start, against SimpleLocalProcessSpawner.

Two hubs with nothing else to do, one with each spawner: ours as it is by default (isolated where
this machine can), and JupyterHub's own for testing, which starts an ordinary process. Starts are
interleaved, a start of either in turn, each timed from the request until the server answers.
Prints one JSON object.

    python benchmarks/spawn.py --starts 7
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).parents[1]
READY_SECONDS = 240
START_SECONDS = 240
TOKEN = "a-token-of-this-benchmark"
CONFIG = """\
from autograder.course.layout import Layout
from autograder.hub import HubSettings
from autograder.hub.configuration import configure

c = get_config()
configure(c, HubSettings.load(), Layout.find())
c.JupyterHub.services = [{{"name": "benchmark", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "benchmark", "services": ["benchmark"], "scopes": ["admin:servers", "admin:users"]}}
]
{more}
"""
SIMPLE = """\
from jupyterhub.spawner import SimpleLocalProcessSpawner

c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.SimpleLocalProcessSpawner.args = {arguments!r}
c.SimpleLocalProcessSpawner.default_url = "/lab"
"""
OPENER = build_opener(ProxyHandler({}))


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Hub:
    """A hub's API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"

    def call(self, method: str, path: str) -> tuple[int, Any]:
        """Call it; return status and answer."""
        request = Request(
            f"{self.url}{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
        )
        try:
            with OPENER.open(request, timeout=60) as answer:
                data = answer.read()
                return answer.status, json.loads(data) if data else None
        except HTTPError as error:
            return error.code, None
        except (URLError, OSError):
            return 0, None

    def wait(self, name: str, wanted: bool) -> None:
        """Wait until a person's server is ready, or gone."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            _status, user = self.call("GET", f"hub/api/users/{name}")
            server = (user or {}).get("servers", {}).get("")
            if (bool(server and server["ready"]) if wanted else not server) and user:
                return
            time.sleep(0.02)
        sys.exit(f"{name}'s server was not {'ready' if wanted else 'gone'} in {START_SECONDS} s")

    def start_seconds(self, name: str) -> float:
        """Start a person's server; return how long it took."""
        begin = time.perf_counter()
        status, _ = self.call("POST", f"hub/api/users/{name}/server")
        if status not in (201, 202):
            sys.exit(f"the hub answered {status}")
        self.wait(name, wanted=True)
        seconds = time.perf_counter() - begin
        self.call("DELETE", f"hub/api/users/{name}/server")
        self.wait(name, wanted=False)
        return seconds


@contextmanager
def served(folder: Path, more: str, sessions: str) -> Iterator[Hub]:
    """Run a hub on a copy of the course's configuration."""
    port = free_port()
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(token=TOKEN, more=more))
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GRADLAB_COURSE": os.environ.get("GRADLAB_COURSE", str(ROOT)),
        "GRADLAB_HOME": str(folder / "home"),
        "GRADLAB_HUB_PORT": str(port),
        "GRADLAB_HUB_SESSIONS": sessions,
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        hub, deadline = Hub(port), time.monotonic() + READY_SECONDS
        while hub.call("GET", "hub/api/users")[0] != 200:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the hub did not come up:\n{log.read_text()[-3000:]}")
            time.sleep(0.2)
        hub.call("POST", "hub/api/users/alice")
        yield hub
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="how many of each are counted")
    parser.add_argument("--sessions", default="auto", choices=["auto", "isolated", "shared"])
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gradlab-spawn-"))
    try:
        for name in ("ours", "simple"):
            (folder / name).mkdir()
        root = ["--allow-root"] if os.geteuid() == 0 else []
        homes = str(folder / "simple" / "homes" / "{username}")
        simple = SIMPLE.format(homes=homes, arguments=root)
        with (
            served(folder / "ours", "", arguments.sessions) as ours,
            served(folder / "simple", simple, "shared") as theirs,
        ):
            hubs = {"gradlab": ours, "simple": theirs}
            seconds: dict[str, list[float]] = {name: [] for name in hubs}
            for number in range(arguments.starts + 1):
                for name in sorted(hubs, reverse=number % 2 == 1):
                    taken = hubs[name].start_seconds("alice")
                    if number:  # the first reads files from the disk
                        seconds[name].append(taken)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    result = {
        "benchmark": "spawn",
        "starts": arguments.starts,
        "sessions": arguments.sessions,
        "gradlab_seconds": round(medians["gradlab"], 3),
        "simple_seconds": round(medians["simple"], 3),
        "ratio": round(medians["gradlab"] / medians["simple"], 3),
        "all_seconds": {n: [round(v, 3) for v in values] for n, values in seconds.items()},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
