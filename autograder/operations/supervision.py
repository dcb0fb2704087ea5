"""Run the hub as a child and leave nothing behind when it ends.

What it guarantees:

- When `stop` returns, no process that the hub started is alive: notebook servers, kernels, proxy,
  services. This process is the subreaper of them all, so that even orphans are found.
- When this process dies without a word, the kernel tells the hub to stop.
- One data directory is served once at a time.

What it does not do: restart a hub that failed; the message says where its log is.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import psutil

from autograder.operations.logs import LogPump
from autograder.operations.settings import OperationsSettings
from autograder.settings.errors import ServeError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STOP_SECONDS = 40.0
KILL_SECONDS = 5.0
LAST_WORDS_SECONDS = 2.0
LOG_LINES = 40


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the data directory for as long as the context lasts.

    Raises:
        ServeError: another hub holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ServeError(
                f"a hub already serves the data directory {lock.parent.parent}: stop it first, or "
                "set GRADLAB_HOME to another one"
            ) from error
        yield


class Supervisor:
    """The hub's process and everything below it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        operations: OperationsSettings | None = None,
    ) -> None:
        """Remember what to run; `log` gets all that it prints, as `operations` says."""
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self.operations = operations or OperationsSettings()
        self._pump: LogPump | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, folder: Path) -> None:
        """Start the hub in `folder`."""
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
        parent = os.getpid()

        def follow_parent() -> None:
            _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        pump = LogPump(self.log, self.operations)
        self._process = subprocess.Popen(
            self.command,
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=pump.write_end,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=follow_parent,  # safe: this process has one thread
        )
        pump.start()
        self._pump = pump

    def wait_ready(self, url: str, seconds: float) -> None:
        """Wait until the hub answers at `url`.

        Raises:
            ServeError: it ended or did not answer in time; the message has the end of its log.
        """
        # the hub's own certificate is for the name that people use, not for this machine's address
        unverified = ssl._create_unverified_context()  # noqa: S323 (nothing is sent)
        opener = build_opener(ProxyHandler({}), HTTPSHandler(context=unverified))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.exit_code() is not None:
                if self._pump is not None:  # its last words may be on their way
                    self._pump.finish(LAST_WORDS_SECONDS)
                raise ServeError(f"the hub ended while starting.\n{self._log_end()}")
            with contextlib.suppress(URLError, OSError), opener.open(url, timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.25)
        raise ServeError(f"the hub did not answer at {url} in {seconds:.0f} s.\n{self._log_end()}")

    def exit_code(self) -> int | None:
        """Return the hub's exit code, `None` while it runs."""
        return None if self._process is None else self._process.poll()

    def wait(self) -> int:
        """Wait for the hub's end and return its exit code."""
        assert self._process is not None, "start() comes first"
        return self._process.wait()

    def stop(self) -> None:
        """Ask the hub to stop, wait, and end whatever is left."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        end_all(descendants())
        if self._pump is not None:  # its thread has ended before another start forks
            self._pump.finish(KILL_SECONDS)

    def _log_end(self) -> str:
        self.log.touch()
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"The end of {self.log}:", *lines[-LOG_LINES:]])


def descendants() -> list[psutil.Process]:
    """Return every process below this one."""
    return list(psutil.Process().children(recursive=True))


def end_all(processes: Sequence[psutil.Process]) -> None:
    """End these processes and whatever they leave to this one: politely, then for good."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    psutil.wait_procs(processes, timeout=KILL_SECONDS)
    deadline = time.monotonic() + KILL_SECONDS
    while (left := descendants()) and time.monotonic() < deadline:
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=KILL_SECONDS)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise ServeError(f"prctl({option}) failed: {os.strerror(number)}")
