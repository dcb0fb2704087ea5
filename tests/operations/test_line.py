"""The line at which notebook servers start."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest

from autograder.operations import line as line_module
from autograder.operations.line import StartLine, WaitsInLine


class Started:
    """What a class of spawners does, with a server that never answers."""

    pending = "spawn"
    start_timeout = 60

    async def start(self) -> str:
        return "an address"


class Hanging(WaitsInLine, Started):  # type: ignore[misc]  # as spawners do
    """Somebody's server."""


def test_a_server_that_never_answers_keeps_nobody_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its place is given back after a while; the next one starts although it still hangs."""
    monkeypatch.setattr(line_module, "HOLD_SECONDS", 0.3)
    monkeypatch.setattr(line_module, "LOOK_SECONDS", 0.05)

    async def play() -> tuple[Any, Any]:
        line = StartLine(1)
        first, second = Hanging(line=line), Hanging(line=line)
        assert await first.start() == "an address"
        answer = await asyncio.wait_for(second.start(), 30)
        await asyncio.gather(first._watch, second._watch)
        return answer, first.pending

    assert asyncio.run(play()) == ("an address", "spawn")


def test_no_more_start_than_there_are_places_and_in_order() -> None:
    """However many come, so many start at once, first come first served, and all of them do."""

    async def play() -> tuple[int, list[int]]:
        line, starting, most, order = StartLine(3), 0, 0, []

        async def come(number: int) -> None:
            nonlocal starting, most
            await copy.deepcopy(line).enter(number)
            starting += 1
            most = max(most, starting)
            order.append(number)
            await asyncio.sleep(0)
            starting -= 1
            line.leave()

        await asyncio.gather(*(come(number) for number in range(50)))
        assert line.waiting == []
        return most, order

    most, order = asyncio.run(play())
    assert most == 3
    assert order == list(range(50))


def test_who_gives_up_waiting_takes_no_place() -> None:
    """A cancelled wait leaves the line as if it had never been in it."""

    async def play() -> None:
        line = StartLine(1)
        await line.enter("first")
        gone = asyncio.create_task(line.enter("gone"))
        third = asyncio.create_task(line.enter("third"))
        await asyncio.sleep(0)
        gone.cancel()
        line.leave()
        await asyncio.wait_for(third, 5)
        assert line.waiting == []

    asyncio.run(play())
