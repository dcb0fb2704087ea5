"""People who come all at once: their notebook servers start a few at a time.

JupyterHub's own limit sends those away who come beyond it. Here they wait, with a word about it.

What it guarantees:

- At most so many servers of this hub are starting at any moment; who came first is served first.
- A start may take longer by the time that people may have to wait.
- A place is given back when the server answers, fails, or is no longer wanted, whatever happens;
  and after a minute, so that nobody keeps others away with a server that never answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator
from typing import Any

from traitlets import Instance
from traitlets.config import LoggingConfigurable

LOOK_SECONDS = 0.1
HOLD_SECONDS = 60.0  # several times what a start takes when all places are taken
TELL_SECONDS = 1.0
MOST_SECONDS = 1800  # in the line


class StartLine:
    """The places at which servers start.

    Args:
        places: how many.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self._free = asyncio.Semaphore(places)
        self.waiting: list[object] = []

    def __deepcopy__(self, _memo: object) -> StartLine:
        """Be one line, however traitlets copies the configuration."""
        return self

    async def enter(self, who: object) -> None:
        """Wait for a place."""
        self.waiting.append(who)
        try:
            await self._free.acquire()
        finally:
            self.waiting.remove(who)

    def leave(self) -> None:
        """Give a place back."""
        self._free.release()


class WaitsInLine(LoggingConfigurable):  # type: ignore[misc]  # traitlets' types are skipped
    """What makes a spawner start when it is its turn.

    Behind `GpuMixin`, which may wait for a GPU for hours, and before JupyterHub's own class.
    """

    line = Instance(StartLine, allow_none=True, help="The line; none: start at once.").tag(
        config=True
    )
    pending: Any  # these two are the spawner's own
    start_timeout: Any
    _given_time = False
    _watch: asyncio.Task[None] | None = None

    async def run_pre_spawn_hook(self) -> None:
        """Give a start the time to wait, too."""
        if self.line is not None and not self._given_time:
            self.start_timeout += MOST_SECONDS
            self._given_time = True
        answer = super().run_pre_spawn_hook()
        if inspect.isawaitable(answer):
            await answer

    async def start(self) -> Any:
        """Start when it is this server's turn."""
        if self.line is not None:
            await self.line.enter(self)
            self._watch = asyncio.create_task(self._leave_when_started())
        return await super().start()

    async def _leave_when_started(self) -> None:
        end = asyncio.get_running_loop().time() + HOLD_SECONDS
        try:
            while self.pending == "spawn" and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 (the hub announces no end)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            assert self.line is not None
            self.line.leave()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Tell the person how many are before them, then what else there is to tell."""
        told = -1
        while self.line is not None and self in self.line.waiting:
            before = self.line.waiting.index(self)
            if before != told:
                told = before
                yield {"progress": 20, "message": f"Many are starting now. Before you: {before}"}
            await asyncio.sleep(TELL_SECONDS)
        async with contextlib.aclosing(super().progress()) as events:
            async for event in events:
                yield event
