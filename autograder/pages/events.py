"""Pages that update themselves: a part of a page is sent again whenever it changes.

What it guarantees:

- A stream ends when its person is no longer logged in, or no longer has the role in the course that
  the page is for, when the browser goes, and after a while in any case.
- Something is sent when a state changed, not with each look.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from autograder.handin.identity import caller_from
from autograder.pages.streams import TooMany

if TYPE_CHECKING:
    from autograder.pages.courses import CourseReader
    from autograder.pages.request import Page

RETRY_MILLISECONDS = 3_000


@dataclass(frozen=True)
class News:
    """How something stands.

    Args:
        mark: changes when it does.
        said: it in a sentence.
        is_live: whether it changes soon.
        next_moment: when it changes by the clock alone; `None`: it does not.
        values: for the template.
    """

    mark: str
    said: str
    is_live: bool
    next_moment: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


async def follow(
    page: Page,
    course: CourseReader,
    template: str,
    look: Callable[[], News],
    version: Callable[[], str] | None = None,
) -> None:
    """Send a part of a page whenever it changes, until there is a reason to end.

    Args:
        page: the request; its argument `seen` is the mark that the browser has.
        course: the course.
        template: of the part.
        look: tells how it stands; called in a thread.
        version: for a page of staff: changes when there may be something new, and costs little;
            `None`: the page is about the person's own hand-ins.

    Raises:
        HTTPError: 429, the person has enough of these.
    """
    streams = page.site.streams
    try:
        with streams.one_of(page.caller.name):
            page.set_header("Content-Type", "text/event-stream")
            page.set_header("X-Accel-Buffering", "no")
            page.write(f"retry: {RETRY_MILLISECONDS}\n\n")
            await page.flush()
            await _follow(page, course, template, look, version)
    except TooMany as error:
        raise HTTPError(429, "as many pages as may update themselves are open") from error
    except StreamClosedError:
        return


async def _follow(
    page: Page,
    course: CourseReader,
    template: str,
    look: Callable[[], News],
    of_staff: Callable[[], str] | None,
) -> None:
    streams, time = page.site.streams, asyncio.get_running_loop().time
    seen, version, news = page.get_query_argument("seen", ""), "", None
    began = asked = time()
    while time() - began < streams.most_seconds:
        now = await page.run(of_staff or (lambda: course.version(page.caller.name)))
        is_due = news is not None and news.next_moment is not None
        if news is None or now != version or (is_due and news.next_moment <= datetime.now(UTC)):
            version, news = now, await page.run(look)
            if news.mark != seen:
                seen = news.mark
                await _send(page, course, template, news)
        if time() - asked >= streams.ask_seconds:
            asked = time()
            if not await _may_still(page, course, is_staffs=of_staff is not None):
                break
            page.write(": still here\n\n")
            await page.flush()
        wait = streams.look_seconds if news.is_live else streams.idle_seconds
        if await page.left(wait):
            return
    page.write("event: end\ndata: \n\n")
    page.finish()


async def _send(page: Page, course: CourseReader, template: str, news: News) -> None:
    html = await page.run(lambda: page.fragment(template, course, **news.values))
    data = json.dumps({"html": html, "seen": news.mark, "said": news.said})
    page.write(f"event: part\ndata: {data}\n\n")
    await page.flush()


async def _may_still(page: Page, course: CourseReader, *, is_staffs: bool) -> bool:
    """Return whether the hub still knows this log-in, with the role that the page is for."""
    try:
        model = await page.asked_afresh()
    except HTTPError:  # it restarts: a browser comes again
        return False
    if model is None:
        return False
    caller = caller_from(model, {})
    return caller.is_grader(course.id) if is_staffs else caller.takes_part(course.id)
