"""Fitting damaged notebooks to the manifest."""

import base64
import random
from dataclasses import replace
from typing import Any

import pytest

from autograder.course.manifest import Manifest, Role
from autograder.grading.errors import Refused
from autograder.grading.repair import (
    ELSEWHERE_SOURCE,
    MERGED_SOURCE,
    RepairedNotebook,
    repair,
)
from autograder.grading.submission import read_notebook

from .conftest import ANSWER, STUB, notebook


def fit(manifest: Manifest, cells: list[Any]) -> RepairedNotebook:
    return repair(manifest, read_notebook(notebook(cells)))


def codes(repaired: RepairedNotebook) -> list[str]:
    return [note.code for note in repaired.repairs]


def test_an_undamaged_notebook_needs_no_repair(manifest: Manifest, cells: list[Any]) -> None:
    """Cells keep their order, ids and answers, and nothing is reported."""
    repaired = fit(manifest, cells)
    assert [cell.cell_id for cell in repaired.cells] == [c.cell_id for c in manifest.cells]
    assert repaired.source("clip_answer") == ANSWER
    assert repaired.repairs == ()


def test_an_edited_locked_cell_is_restored(manifest: Manifest, cells: list[Any]) -> None:
    """A self-check that the student rewrote runs with the course's text."""
    cells[3]["source"] = "pass"
    repaired = fit(manifest, cells)
    assert repaired.source("clip") == "clip(1, 2)"
    assert codes(repaired) == ["locked-cell-restored"]


def test_editors_blanks_are_no_change(manifest: Manifest, cells: list[Any]) -> None:
    """Trailing blanks that an editor adds to a locked cell are not reported."""
    cells[3]["source"] = "clip(1, 2)  \n"
    assert fit(manifest, cells).repairs == ()


@pytest.mark.parametrize("index", range(7))
def test_a_deleted_cell_comes_back(manifest: Manifest, cells: list[Any], index: int) -> None:
    """Any one cell may be missing; an answer then counts as not answered."""
    del cells[index]
    repaired = fit(manifest, cells)
    assert [cell.cell_id for cell in repaired.cells] == [c.cell_id for c in manifest.cells]
    assert repaired.cells[index].source == manifest.cells[index].source
    locked = manifest.cells[index].role in (Role.GIVEN, Role.GRADED)
    assert codes(repaired) == ["locked-cell-restored" if locked else "answer-missing"]


def test_answers_are_found_without_metadata(manifest: Manifest, cells: list[Any]) -> None:
    """With all metadata and ids lost, answers are recognised by what they define."""
    bare = [{"cell_type": c["cell_type"], "source": c["source"]} for c in cells]
    bare[-1]["source"] = "Because the norm grows."
    repaired = fit(manifest, bare)
    assert repaired.source("clip_answer") == ANSWER
    assert repaired.source("size_answer") == "size = 3"
    assert repaired.source("why") == "Because the norm grows."
    assert set(codes(repaired)) == {"metadata-lost"}


def test_reordered_cells_are_put_back(manifest: Manifest, cells: list[Any]) -> None:
    """Any order of the cells gives the manifest's order."""
    random.Random(1).shuffle(cells)
    repaired = fit(manifest, cells)
    assert [cell.cell_id for cell in repaired.cells] == [c.cell_id for c in manifest.cells]
    assert codes(repaired) == ["cells-reordered"]


def test_of_repeated_answers_the_last_edited_counts(manifest: Manifest, cells: list[Any]) -> None:
    """A copied answer cell: the untouched repeat is dropped, the last edited one counts."""
    untouched = dict(cells[2], source=STUB)
    later = dict(cells[2], source=ANSWER + "  # later")
    repaired = fit(manifest, [*cells[:3], later, untouched, *cells[3:]])
    assert repaired.source("clip_answer").endswith("# later")
    assert STUB not in [cell.source for cell in repaired.cells]
    assert codes(repaired) == ["duplicate-cell"]


def test_a_retyped_answer_runs_as_code(manifest: Manifest, cells: list[Any]) -> None:
    """An answer turned into a markdown cell by accident still counts."""
    cells[2]["cell_type"] = "markdown"
    repaired = fit(manifest, cells)
    answer = repaired.cells[2]
    assert (answer.cell_type, answer.source) == ("code", ANSWER)
    assert codes(repaired) == ["cell-retyped"]


def test_merged_answers_both_count(manifest: Manifest, cells: list[Any]) -> None:
    """When one cell holds two answers, no stub is put back that would undo the second."""
    cells[2]["source"] += "\nsize = 3"
    del cells[4]
    repaired = fit(manifest, cells)
    assert repaired.source("size_answer") == MERGED_SOURCE
    assert codes(repaired) == ["cells-merged"]


def test_own_cells_run_where_they_stood(manifest: Manifest, cells: list[Any]) -> None:
    """A cell that the student added keeps its place and gets an id of its own."""
    cells.insert(3, {"cell_type": "code", "source": "helper = 1", "metadata": {}})
    repaired = fit(manifest, cells)
    assert [cell.source for cell in repaired.cells][2:5] == [ANSWER, "helper = 1", "clip(1, 2)"]
    assert repaired.cells[3].role is None
    assert repaired.repairs == ()


def test_a_split_answer_runs_whole(manifest: Manifest, cells: list[Any]) -> None:
    """The second half of a split answer runs right after the first."""
    cells[2]["source"] = "def part(x):\n    return x"
    cells.insert(3, {"cell_type": "code", "source": ANSWER, "metadata": {}})
    repaired = fit(manifest, cells)
    assert [cell.source for cell in repaired.cells][3] == ANSWER


def test_a_claim_on_a_graded_cell_does_not_replace_it(manifest: Manifest, cells: list[Any]) -> None:
    """A student's cell with a self-check's grade id never stands in for the self-check."""
    forged = dict(cells[3], source="size = 99")
    repaired = fit(manifest, [*cells[:3], forged, *cells[3:]])
    assert repaired.source("clip") == "clip(1, 2)"


def test_a_stranger_is_refused(manifest: Manifest) -> None:
    """A notebook of which nothing belongs to the assignment is refused by name."""
    stranger = [{"cell_type": "code", "source": "import torch", "metadata": {}}]
    with pytest.raises(Refused, match=r"None of the 1 cells .* 'tiny'"):
        fit(manifest, stranger)


def test_a_thousand_damages_never_raise(manifest: Manifest, cells: list[Any]) -> None:
    """Random deletions, copies, swaps and edits always give the manifest's cells in order."""
    chance = random.Random(7)
    wanted = [cell.cell_id for cell in manifest.cells]
    for _ in range(1000):
        damaged = [dict(cell) for cell in cells]
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(damaged))
            what = chance.randrange(5)
            if what == 0 and len(damaged) > 2:
                del damaged[place]
            elif what == 1:
                damaged.insert(chance.randrange(len(damaged)), dict(damaged[place]))
            elif what == 2:
                damaged[place]["metadata"] = chance.choice([{}, None, 3, {"nbgrader": []}])
            elif what == 3:
                damaged[place]["cell_type"] = chance.choice(["raw", "markdown", "code", "x"])
            else:
                damaged[place]["source"] = chance.choice(["", "x = (", "size = 4", ["a", 1]])
        try:
            repaired = fit(manifest, damaged)
        except Refused:
            continue
        ours = [cell.cell_id for cell in repaired.cells if cell.role is not None]
        assert ours == wanted
        ids = [cell.cell_id for cell in repaired.cells]
        assert len(set(ids)) == len(ids)


def own(source: str) -> dict[str, Any]:
    """A cell that the student added."""
    return {"cell_type": "code", "id": f"own-{len(source)}", "metadata": {}, "source": source}


@pytest.mark.parametrize("place", [0, 3, 7])
def test_an_untouched_stub_does_not_undo_an_answer_in_an_own_cell(
    manifest: Manifest, cells: list[Any], place: int
) -> None:
    """Who answers in a new cell has answered, wherever that stands."""
    cells[2]["source"] = STUB
    cells.insert(place, own(ANSWER))
    repaired = fit(manifest, cells)
    assert codes(repaired) == ["answer-elsewhere"]
    assert repaired.source("clip_answer") == ELSEWHERE_SOURCE
    assert [cell.source for cell in repaired.cells].count(ANSWER) == 1


def test_a_stub_stays_when_own_cells_define_something_else(
    manifest: Manifest, cells: list[Any]
) -> None:
    """Notes and trials beside an unanswered cell do not make it disappear."""
    cells[2]["source"] = STUB
    cells.insert(0, own("tried = 1"))
    repaired = fit(manifest, cells)
    assert repaired.source("clip_answer") == STUB
    assert repaired.repairs == ()


@pytest.mark.parametrize("place", [2, 3])
@pytest.mark.parametrize("source", ["", " \n"])
def test_an_empty_copy_of_an_answer_is_no_answer(
    manifest: Manifest, cells: list[Any], place: int, source: str
) -> None:
    """Splitting a cell at its end leaves an empty one with the same metadata behind."""
    cells.insert(place, {**cells[2], "source": source})
    repaired = fit(manifest, cells)
    assert repaired.source("clip_answer") == ANSWER
    assert codes(repaired) == ["duplicate-cell"]


def own_cell(source: str, cell_type: str = "markdown", **more: Any) -> dict[str, Any]:
    return {"cell_type": cell_type, "source": source, "metadata": {}, **more}


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ([own_cell("Because the norm grows.")], 7),
        ([own_cell("Because"), own_cell("the norm grows.", "raw")], 7),
        ([own_cell("Because the norm grows with each step, I think.", "code")], 7),
        ([own_cell("# Because the norm grows\n# with each step.", "code")], 7),
        ([own_cell('"""Because the norm grows\nwith each step."""', "code")], 7),
        ([own_cell("Because the norm grows.")], 6),
    ],
)
def test_an_essay_in_own_cells_beside_an_untouched_one_is_its_answer(
    manifest: Manifest, cells: list[Any], own: list[Any], place: int
) -> None:
    """Below the beginning, or above it, as text, raw or by mistake as code: a person reads it."""
    repaired = fit(manifest, [*cells[:place], *own, *cells[place:]])
    assert codes(repaired) == ["essay-elsewhere"]
    assert all(one["source"] in repaired.source("why") for one in own)
    assert len(repaired.cells) == len(manifest.cells)


def test_an_essay_emptied_or_deleted_is_found_in_an_own_cell(
    manifest: Manifest, cells: list[Any]
) -> None:
    """What the course had there is gone, and the answer stands in a cell of one's own."""
    cells[6]["source"] = " \n"
    assert "I say" in fit(manifest, [*cells, own_cell("I say")]).source("why")
    own = [own_cell("I say"), own_cell("and more")]
    assert "and more" in fit(manifest, [*cells[:6], *own]).source("why")


def test_an_answered_essay_keeps_own_cells_apart(manifest: Manifest, cells: list[Any]) -> None:
    """Notes beside an essay that was answered stay where they are; so does code below one."""
    answered = [*cells[:6], dict(cells[6], source="Because."), own_cell("a note")]
    assert fit(manifest, answered).source("why") == "Because."
    heading = fit(manifest, [*cells, own_cell("## Part 2\n\n### a")])
    assert heading.repairs == ()
    with_code = fit(manifest, [*cells, own_cell("print(size)", "code")])
    assert with_code.source("why") == "YOUR ANSWER HERE"
    assert fit(manifest, [*cells, own_cell("# scratch", "code")]).repairs == ()
    assert with_code.repairs == ()


@pytest.mark.parametrize(
    "source",
    ["YOUR ANSWER HERE", "# YOUR CODE HERE\nraise NotImplementedError()", "...", "pass", "",
     "### YOUR CODE HERE\nraise NotImplementedError(\"later\")", "# your solution here"],
)  # fmt: skip
def test_a_beginning_that_every_course_has_makes_no_notebook_ours(
    manifest: Manifest, source: str
) -> None:
    """A notebook of another course, with nbgrader's own words in it, is refused."""
    cells = tuple(
        replace(cell, source=source) if cell.cell_id == "why" else cell for cell in manifest.cells
    )
    foreign = [own_cell("# Another course"), own_cell("import os", "code"), own_cell(source)]
    with pytest.raises(Refused, match="belongs to the assignment"):
        fit(replace(manifest, cells=cells), foreign)
    own = [own_cell("print(size)", "code"), *foreign]
    assert fit(replace(manifest, cells=cells), own).source("size") == "print(size)"


def test_of_pasted_copies_it_is_said_which_counts_and_what_does_not(
    manifest: Manifest, cells: list[Any]
) -> None:
    """A scratch copy that lacks the definition does not win; one that has it wins by name."""
    scratch = dict(cells[2], source="# try\nprint(clip(torch.ones(3), 1))")
    repaired = fit(manifest, [*cells[:3], scratch, *cells[3:]])
    assert repaired.source("clip_answer") == ANSWER
    (note,) = repaired.repairs
    assert "as cells 3, 4 of the notebook; cell 3 counts" in note.message
    assert "`print(clip(torch.ones(3), 1))` is not graded" in note.message
    assert [cell.role for cell in repaired.cells if cell.source == scratch["source"]] == [None]
    other = dict(cells[2], source="def clip(gradient, threshold):\n    return 0 * gradient")
    (note,) = fit(manifest, [*cells[:3], other, *cells[3:]]).repairs
    assert "cell 4 counts, which begins with `def clip(gradient, threshold):`" in note.message
    assert "is not graded and runs as a cell of your own" in note.message


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\0\x02\0\0\0\x03").decode()
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(30)).decode()


def test_a_pasted_picture_stays_with_its_essay(manifest: Manifest, cells: list[Any]) -> None:
    """Attachments come along under names of their content, and the text names them so."""
    cells[6] |= {
        "source": "See ![my plot](attachment:my%20plot.png) and ![b](attachment:b.jpg).",
        "attachments": {"my plot.png": {"image/png": PNG}, "b.jpg": {"image/jpeg": [JPEG, "\n"]}},
    }
    essay = fit(manifest, cells).cells[6]
    names = sorted(essay.pictures, key=lambda name: name.rpartition(".")[2])
    assert [name.rpartition(".")[2] for name in names] == ["jpg", "png"]
    assert [essay.pictures[name] for name in names] == [JPEG, PNG]
    jpg, png = names
    assert essay.source == f"See ![my plot](attachment:{png}) and ![b](attachment:{jpg})."
    again = fit(manifest, cells).cells[6]
    assert again == essay
    untouched = dict(cells[6], source="YOUR ANSWER HERE", attachments={})
    below = own_cell("![x](attachment:x)", attachments={"x": {"image/png": PNG}})
    moved = fit(manifest, [*cells[:6], untouched, below]).cells[6]
    assert dict(moved.pictures) == {png: PNG}
    assert f"![x](attachment:{png})" in moved.source


def test_names_of_pictures_that_resemble_each_other_are_told_apart(
    manifest: Manifest, cells: list[Any]
) -> None:
    """One is the beginning of another, or of the names that they get; one is empty, one odd."""
    olds = ["p", "plot.png", "plot.png.png", "", "picture-", "a(b).png", "\ud83d.png"]
    data = [base64.b64encode(base64.b64decode(PNG) + bytes([n])).decode() for n in range(7)]
    cells[6] |= {
        "source": "\n".join(f"![{n}](attachment:{old})" for n, old in enumerate(olds)),
        "attachments": {old: {"image/png": one} for old, one in zip(olds, data, strict=True)},
    }
    essay = fit(manifest, cells).cells[6]
    assert sorted(essay.pictures.values()) == sorted(data)
    for number, line in enumerate(essay.source.split("\n")):
        if olds[number]:
            name = line.partition("attachment:")[2].removesuffix(")")
            assert essay.pictures.get(name) == data[number] or number == 6


@pytest.mark.parametrize(
    "attachments",
    [
        [1], "x", {"a": 1}, {"a": {"image/png": 7}}, {"a": {"image/png": "!"}}, {7: {}},
        {"a": {"image/svg+xml": "<svg onload=run()>"}}, {"a": {"image/png": PNG[:4]}},
        {"a": {"image/png": "A" * (9 * 2**20)}},
    ],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_picture_is_left_out_and_said(
    manifest: Manifest, cells: list[Any], attachments: Any
) -> None:
    """Whatever stands where pictures do: the text is graded, and what was lost is named."""
    cells[6] |= {"source": "See ![x](attachment:a).", "attachments": attachments}
    repaired = fit(manifest, cells)
    assert repaired.cells[6].pictures == {}
    assert codes(repaired) == ["picture-lost"]
    assert "A picture pasted into cell 7 could not be kept" in repaired.repairs[0].message
