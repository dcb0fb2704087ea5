"""The line at which notebook servers start."""

from __future__ import annotations

import asyncio
import copy

from autograder.hub.operations.line import StartLine


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
