"""The process around the service: its folder, its signals, its end.

What it guarantees:

- A folder has one service at a time.
- SIGINT, SIGTERM and SIGHUP end it; so does the end of the process that holds its standard input,
  when it was told so.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator

from autograder.service import place
from autograder.service.server import Service

LOCK_SECONDS = 30.0  # for one that ends to have ended


class ServiceRefused(Exception):
    """There is a service already, its place is not safe, or its code is not what is installed."""


def run(
    make: Callable[[int], Service],
    ready: Callable[[], None],
    *,
    stamp: str,
    with_caller: bool = False,
    waits: bool = False,
) -> None:
    """Serve in this process until told to end.

    Args:
        make: makes the service in a folder.
        ready: called once, when it listens.
        stamp: `place.fingerprint()` from before our modules were imported.
        with_caller: end when standard input is closed.
        waits: wait a while for another one to end.

    Raises:
        ServiceRefused: another one runs, its folder is another's, or the code changed meanwhile.
    """
    with _folder(waits=waits) as folder:
        if place.fingerprint() != stamp:
            raise ServiceRefused("other code was installed meanwhile; start it again")
        asyncio.run(_serve(make, ready, folder, with_caller=with_caller))


async def _serve(
    make: Callable[[int], Service], ready: Callable[[], None], folder: int, *, with_caller: bool
) -> None:
    service = make(folder)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, service.end)
    if with_caller:
        loop.add_reader(0, service.end)  # nothing is ever written there: it has been closed
    await service.serve(ready)


@contextlib.contextmanager
def _folder(*, waits: bool) -> Iterator[int]:
    """Hold the service's folder alone."""
    path = place.folder_path()
    try:
        folder = place.make_folder(path)
    except OSError as error:
        raise ServiceRefused(str(error)) from error
    deadline = time.monotonic() + (LOCK_SECONDS if waits else 0)
    try:
        with os.fdopen(place.open_file(folder, place.LOCK, os.O_RDWR), "w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if time.monotonic() > deadline:
                        said = f"a grading service of this user runs already (in {path})"
                        raise ServiceRefused(said) from error
                time.sleep(0.02)
            yield folder
    finally:
        os.close(folder)
