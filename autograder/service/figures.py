"""Figures are drawn when somebody looks: in most notebooks they take longer than all the rest.

A report has of each figure the text by which a notebook stands for it, `<Figure size 600x300 …>`.

What it guarantees:

- Drawing runs the cells that were graded again, with the same seed and without checks. It changes
  no report and no verdict.
- A cell has its pictures when it brought the same figures again. Otherwise, or when the cells are
  not kept any more, the text stays.

What it does not do: clean anything; who shows a picture does.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, TypeAlias

from autograder.course.layout import Layout
from autograder.grading.report import Report, ReportError
from autograder.service.client import Place, ServiceError, result_of
from autograder.service.protocol import Item, Order, Source, Tenant

Drawn: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]
"""Cell id -> the outputs of its figures."""

_TEXT: Final = "<Figure size "
_PICTURES: Final = ("image/png", "image/jpeg")
_SHOWING: Final = ("display_data", "execute_result")
SECONDS: Final = 15.0  # that somebody waits for a page
_AT_ONCE: Final = 4
_MOST_CHARACTERS: Final = 64 * 2**20  # of pictures that are remembered


def lacks_figures(cells: Iterable[Sequence[Mapping[str, Any]]]) -> bool:
    """Tell whether there is a figure that is not drawn.

    Args:
        cells: the outputs of each cell, as nbformat 4 has them.
    """
    return any(_has_no_picture(output) for outputs in cells for output in figures_in(outputs))


def draw(layout: Layout, assignment: str, key: str, where: Place | None = None) -> Drawn:
    """Return the figures of what was graded, drawn.

    Args:
        layout: the course.
        assignment: its name.
        key: of the report.
        where: the grading service; by default this user's.

    Raises:
        ServiceError: the service cannot be had, or what was graded is not kept.
    """
    item = Item("figures", Source.DRAWN, key.encode("utf-8", "replace"))
    order = Order(Tenant.of(layout), assignment, "figures", [item], with_reports=True)
    result, data = result_of(order, where)
    if not data:
        raise ServiceError(result.fault or "there is no report")
    try:
        cells = Report.from_bytes(data).notebook
    except ReportError as error:
        raise ServiceError(str(error)) from error
    return {cell.cell_id: figures_in(cell.outputs) for cell in cells if cell.outputs}


def with_figures(report: Report, drawn: Drawn) -> Report:
    """Return a report whose figures have their pictures, to be shown and not kept."""
    cells = (
        replace(cell, outputs=tuple(filled(cell.outputs, drawn.get(cell.cell_id, ()))))
        for cell in report.notebook
    )
    return replace(report, notebook=tuple(cells))


def filled(
    outputs: Sequence[Mapping[str, Any]], drawn: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return a cell's outputs, its figures with their pictures.

    Args:
        outputs: of nbformat 4.
        drawn: the figures of the cell; when they are not those of `outputs`, nothing changes.
    """
    own = figures_in(outputs)
    if [_text(one) for one in own] != [_text(one) for one in drawn]:
        return list(outputs)
    coming = iter(drawn)
    made: list[Mapping[str, Any]] = []
    for output in outputs:
        if _text(output).startswith(_TEXT):
            data = next(coming)["data"]
            if _has_no_picture(output):
                pictures = {mime: data[mime] for mime in _PICTURES if mime in data}
                output = {**output, "data": {**output["data"], **pictures}}
        made.append(output)
    return made


def figures_in(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the outputs that are figures."""
    return [output for output in outputs if _text(output).startswith(_TEXT)]


def _text(output: Mapping[str, Any]) -> str:
    if output.get("output_type") not in _SHOWING:
        return ""
    return "".join(output.get("data", {}).get("text/plain", ""))  # lines, in a file


def _has_no_picture(output: Mapping[str, Any]) -> bool:
    return not any(mime in output["data"] for mime in _PICTURES)


class Figures:
    """Draws for pages, a few reports at once, and remembers what was looked at last.

    Args:
        where: the grading service; by default this user's.
    """

    def __init__(self, where: Place | None = None) -> None:
        self._where = where or Place()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="figures")
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Drawn]] = {}
        self._known: OrderedDict[str, Drawn] = OrderedDict()

    def of(self, layout: Layout, assignment: str, key: str) -> Future[Drawn]:
        """Begin to draw the figures of a report, or go on; as `draw`."""
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                known: Future[Drawn] = Future()
                known.set_result(self._known[key])
                return known
            if key not in self._under_way:
                self._under_way[key] = self._threads.submit(self._draw, layout, assignment, key)
            return self._under_way[key]

    async def soon(self, layout: Layout, assignment: str, key: str) -> Drawn:
        """Return the figures of a report; none when they cannot be had, or not within seconds."""
        drawing = asyncio.wrap_future(self.of(layout, assignment, key))
        try:
            return await asyncio.wait_for(asyncio.shield(drawing), SECONDS)
        except ServiceError:
            return {}
        except TimeoutError:  # they are remembered when they are there
            drawing.add_done_callback(lambda late: late.cancelled() or late.exception())
            return {}

    def known(self, key: str) -> Drawn:
        """Return the figures of a report if they are remembered, else none."""
        with self._lock:
            return self._known.get(key, {})

    def close(self) -> None:
        """Draw no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._where.close()

    def _draw(self, layout: Layout, assignment: str, key: str) -> Drawn:
        try:
            drawn = draw(layout, assignment, key, self._where)
        except ServiceError:
            with self._lock:
                self._under_way.pop(key, None)
            raise
        with self._lock:
            self._under_way.pop(key, None)
            self._known[key] = drawn
            while len(self._known) > 1 and sum(map(_size, self._known.values())) > _MOST_CHARACTERS:
                self._known.popitem(last=False)
        return drawn


def _size(drawn: Drawn) -> int:
    figures = (figure for cell in drawn.values() for figure in cell)
    return sum(len(text) for figure in figures for text in figure["data"].values())
