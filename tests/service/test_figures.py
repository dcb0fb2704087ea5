"""Figures: grading leaves them out, and whoever looks has them drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.grading.report import Report
from autograder.service.client import ServiceError, result_of
from autograder.service.figures import Figures, draw, filled, lacks_figures, with_figures
from autograder.service.protocol import Item, Order, Source, Tenant

from ..robustness.course import ASSIGNMENT, with_fresh_home
from .commands import Running

PLOTS = """
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
print("between")
figure, axes = plt.subplots(figsize=(3, 2))
"""


def graded(layout: Layout, text: str, **order: Any) -> Report:
    """Grade a right answer with some text in its first cell, and keep the report."""
    manifest = load_manifest(layout, ASSIGNMENT)
    answers = {"size_answer": f"{text}\nsize = 3", "twice_answer": "twice = lambda x: 2 * x"}
    data = notebook_bytes(submission_notebook(manifest, answers))
    item = Item("a test", Source.GIVEN, data)
    _, body = result_of(
        Order(
            Tenant.of(layout), ASSIGNMENT, "a test", [item], keep=True, with_reports=True, **order
        )
    )
    return Report.from_bytes(body)


@pytest.fixture(scope="module")
def home(classroom: Layout, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The tiny course with a data directory of these tests."""
    return with_fresh_home(classroom, tmp_path_factory.mktemp("figures"))


@pytest.fixture
def figures() -> Iterator[Figures]:
    """What draws for pages."""
    with closing(Figures()) as made:
        yield made


def lacks(report: Report) -> bool:
    return lacks_figures(cell.outputs for cell in report.notebook)


def pictures(report: Report) -> list[str]:
    """Return all pictures of a report, in order."""
    data = [output.get("data", {}) for cell in report.notebook for output in cell.outputs]
    return [one["image/png"] for one in data if "image/png" in one]


def test_a_report_has_no_pictures_and_is_drawn_when_asked(shared: Running, home: Layout) -> None:
    """What is printed and shown besides stays where it was; verdicts and key do, too."""
    report = graded(home, PLOTS)
    assert report.points == 3
    assert lacks(report)
    assert not pictures(report)
    full = with_figures(report, draw(home, ASSIGNMENT, report.key))
    assert len(pictures(full)) == 2
    assert not lacks(full)
    assert (full.cells, full.key) == (report.cells, report.key)
    assert graded(home, PLOTS, fresh=True).to_bytes() == report.to_bytes()
    assert shared.is_up


def test_a_cell_that_brings_another_figure_keeps_its_text(shared: Running, home: Layout) -> None:
    """Of what does not come out again nothing is shown that was not there."""
    report = graded(home, PLOTS + "# again")
    drawn = draw(home, ASSIGNMENT, report.key)
    other = {cell_id: [*found, *found] for cell_id, found in drawn.items()}
    assert pictures(with_figures(report, drawn))
    assert with_figures(report, other) == report
    assert with_figures(report, {}) == report
    assert shared.is_up


def test_what_is_not_kept_cannot_be_drawn(shared: Running, home: Layout, figures: Figures) -> None:
    """It is an error for a program, and nothing for a page."""
    with pytest.raises(ServiceError, match="not kept"):
        draw(home, ASSIGNMENT, "f" * 64)
    assert asyncio.run(figures.soon(home, ASSIGNMENT, "f" * 64)) == {}
    assert figures.known("f" * 64) == {}
    assert shared.is_up


def test_a_page_does_not_wait_for_ever(
    shared: Running, home: Layout, figures: Figures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several who look share one drawing; it is there for the next one when it took too long."""
    report = graded(home, PLOTS)
    drawings = {id(figures.of(home, ASSIGNMENT, report.key)) for _ in range(3)}
    assert len(drawings) == 1

    async def look() -> Any:
        return await figures.soon(home, ASSIGNMENT, report.key)

    with monkeypatch.context() as patched:
        patched.setattr("autograder.service.figures.SECONDS", 0.0)
        assert asyncio.run(look()) == {}
    drawn = figures.of(home, ASSIGNMENT, report.key).result(60)
    assert figures.known(report.key) == drawn == asyncio.run(look())
    assert len(pictures(with_figures(report, drawn))) == 2
    assert shared.is_up


def figure(text: str = "<Figure size 1x1 with 1 Axes>", **pictures: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text, **pictures}, "metadata": {}}


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdout", "text": "<Figure size 1x1>"},
        {"output_type": "error", "ename": "<Figure size", "evalue": "", "traceback": []},
        figure("7"),
    ],
)
def test_what_only_looks_like_a_figure_is_none(output: dict[str, Any]) -> None:
    """Printed text and other values are left alone, and do not count."""
    drawn = figure(**{"image/png": "A"})
    assert not lacks_figures([[output]])
    assert filled([output, figure(), output], [drawn]) == [output, drawn, output]


def test_a_picture_that_is_there_stays() -> None:
    """Older reports have theirs."""
    old = figure(**{"image/png": "old"})
    new = figure(**{"image/png": "new"})
    assert not lacks_figures([[old]])
    in_file = {**figure(), "data": {"text/plain": ["<Figure size 1x1 with 1 Axes>"]}}
    assert lacks_figures([[in_file]])
    assert filled([old, figure()], [new, new]) == [old, new]
