"""People who log in all at once: does each get a notebook server, how soon, in how much memory?

`gradlab serve` with so many demo accounts on the default settings. All post the log-in form at the
same moment, then wait for their server as the hub's page does. Memory is what the processes of each
session hold, shared pages divided by those who share them. Prints one JSON object.

    python benchmarks/logins.py --people 50
"""

from __future__ import annotations

import argparse
import concurrent.futures
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
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).parents[1]
READY_SECONDS = 300


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def come(url: str, name: str, password: str, patience_seconds: float) -> float | str:
    """Log in and wait for the server; return how long it took, or what went wrong."""
    begin, session = time.perf_counter(), requests.Session()
    try:
        page = session.get(f"{url}hub/login", timeout=patience_seconds)
        token = page.cookies.get("_xsrf", path="/hub/")
        form = {"username": name, "password": password, "_xsrf": token}
        answer = session.post(
            f"{url}hub/login", data=form, timeout=patience_seconds, allow_redirects=False
        )
        if answer.status_code != 302:
            return f"the log-in was answered with {answer.status_code}"
        answer = session.get(f"{url}hub/spawn/{name}", timeout=patience_seconds)
        if answer.status_code >= 400:
            return f"the start was answered with {answer.status_code}"
        while time.perf_counter() - begin < patience_seconds:
            answer = session.get(f"{url}user/{name}/api/status", timeout=patience_seconds)
            if answer.status_code == 200 and "started" in answer.text:
                return time.perf_counter() - begin
            if answer.status_code == 403:
                session.get(f"{url}user/{name}/lab", timeout=patience_seconds)
            if answer.status_code >= 500 and "spawn" not in answer.url:
                return f"the server answered with {answer.status_code}"
            time.sleep(1.0)
    except requests.RequestException as error:
        return repr(error)
    return f"no server in {patience_seconds:.0f} s"


def held_bytes(process: psutil.Process) -> int:
    """Return what a process and all below it hold."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total


def sessions(hub: psutil.Process, names: list[str]) -> dict[str, int]:
    """Return what each person's session holds."""
    found: dict[str, int] = {}
    for process in hub.children(recursive=True):
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        for name in names:
            if any(word.endswith(f"/homes/{name}") for word in words):
                found[name] = max(found.get(name, 0), held_bytes(process))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--patience", type=float, default=900.0, help="seconds")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="gradlab-logins-"))
    names = [f"s{number}" for number in range(arguments.people)]
    port = free_port()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "GRADLAB_COURSE": os.environ.get("GRADLAB_COURSE", str(ROOT)),
        "GRADLAB_HOME": str(folder / "home"),
        "GRADLAB_HUB_STUDENTS": ",".join(names),
        "GRADLAB_HUB_PORT": str(port),
    }
    console = folder / "console"
    with console.open("wb") as output:
        serving = subprocess.Popen(
            [sys.executable, "-m", "autograder", "serve"],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            cwd=ROOT,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C stops it" not in console.read_text():
            if serving.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the hub did not come up:\n{console.read_text()}")
            time.sleep(0.2)
        password = (folder / "home" / "hub" / "demo-password").read_text()
        hub = psutil.Process(serving.pid)
        before = psutil.virtual_memory().available
        url = f"http://127.0.0.1:{port}/"
        with concurrent.futures.ThreadPoolExecutor(arguments.people) as pool:
            waits = [pool.submit(come, url, n, password, arguments.patience) for n in names]
            answers = [wait.result() for wait in waits]
        after = psutil.virtual_memory().available
        memory = sessions(hub, names)
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(120)
        shutil.rmtree(folder, ignore_errors=True)
    seconds = sorted(answer for answer in answers if isinstance(answer, float))
    failures = [answer for answer in answers if isinstance(answer, str)]
    result = {
        "benchmark": "logins",
        "people": arguments.people,
        "cores": len(os.sched_getaffinity(0)),
        "served": len(seconds),
        "failures": failures[:5],
        "median_seconds": round(statistics.median(seconds), 1) if seconds else None,
        "last_seconds": round(seconds[-1], 1) if seconds else None,
        "session_megabytes": round(statistics.median(memory.values()) / 1e6) if memory else None,
        "all_megabytes": round((before - after) / 1e6),
    }
    print(json.dumps(result))
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
