"""`read_cells`: the course's notebooks as jupytext reads them."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

from autograder.course import SourceError
from autograder.course.percent import read_cells

SOLUTIONS = Path(__file__).parents[2] / "solutions"
TEXTS = sorted([*SOLUTIONS.glob("*/notebook.py"), *SOLUTIONS.glob("*/submissions/*/answers.py")])

SAMPLE = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] nbgrader={"grade_id": "a-b", "grade": true}
# # Title
#
# indented:
#
#     code, and `# %%` in the middle
#no space

# %%

# %%
# %matplotlib inline
# %load_ext autoreload
import os  # a comment


def f():
    # an indented comment
    return "# not a comment"
# !ls -l

# %% [raw]
# raw text

# %% [markdown] x="1" y=2.5 z=[1, {"a": null}]
# short
"""


def by_jupytext(text):
    """Return type, source and metadata of each cell, without what jupytext adds about spacing."""
    return [
        (
            cell.cell_type,
            cell.source,
            {key: value for key, value in cell.metadata.items() if "lines_to" not in key},
        )
        for cell in jupytext.reads(text, fmt="py:percent").cells
    ]


def by_us(path):
    return [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in read_cells(path)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(SOLUTIONS)))
def test_every_text_of_the_course_reads_as_by_jupytext(path):
    """Type, source and metadata of every cell agree with jupytext's."""
    assert by_us(path) == by_jupytext(path.read_text(encoding="utf-8"))


def test_a_sample_of_everything_reads_as_by_jupytext(tmp_path):
    """Headers, empty cells, magics, shell lines, raw text and metadata of all JSON types."""
    path = tmp_path / "sample.py"
    path.write_text(SAMPLE)
    assert by_us(path) == by_jupytext(SAMPLE)


def test_lines_point_into_the_file(tmp_path):
    """A cell's marker, and any line of its source, are found again in the file."""
    path = tmp_path / "sample.py"
    path.write_text(SAMPLE)
    lines = SAMPLE.split("\n")
    for cell in read_cells(path):
        assert lines[cell.line - 1].startswith("# %%")
        for number, text in enumerate(cell.source.split("\n")):
            if text.strip():
                assert text.strip() in lines[cell.file_line(number) - 1]


def test_a_comment_that_resembles_a_command_stays_a_comment(tmp_path):
    """Where jupytext would make code of `# cat h and x`, the author's comment is kept."""
    path = tmp_path / "comment.py"
    path.write_text("# %%\n# cat h and x\nx = 1\n")
    assert read_cells(path)[0].source == "# cat h and x\nx = 1"


@pytest.mark.parametrize("content", [b"", b"x = 1\n", b"\xff\xfe"])
def test_text_without_cells_is_refused(tmp_path, content):
    """An empty file, a plain module and bytes that are no text are refused by name."""
    path = tmp_path / "text.py"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"text\.py"):
        read_cells(path)
