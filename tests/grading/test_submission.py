"""Reading whatever was submitted."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading import submission
from autograder.grading.errors import Refused
from autograder.grading.submission import read_file, read_notebook

from .conftest import notebook

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "JSON is damaged at line 1"),
        (b"[1, 2]", "a JSON list, not an object"),
        (b"null", "a JSON null"),
        (b"{}", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells": [], "n": ' + b"9" * 10_000 + b"}", "JSON is damaged at a number"),
        (b"%PDF-1.4", "JSON is damaged"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> mine\n]}', "a merge of two versions"),
        (b'{"cells":[' + b"[]," * 1_100_000 + b"[]]}", "more than 2000000 values"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    """Each kind of wrong file has a sentence that says what came."""
    with pytest.raises(Refused, match=reason):
        read_notebook(data)


@pytest.mark.parametrize("rest", [b"}", b"\0\0\0", b"\n ]\n}\n", b'{"cells": []}'])
def test_what_stands_behind_the_notebook_is_left_out(rest: bytes) -> None:
    """A shorter version saved over a longer one leaves the end of the old one behind."""
    read = read_notebook(notebook([CELL]) + rest)
    assert read.cells[0].source == "x = 1"
    assert [repair.code for repair in read.repairs] == ["trailing-data"] * bool(rest.strip(b"\0"))


def test_much_text_in_outputs_is_no_number_of_values() -> None:
    """A printed list of a million numbers is one value, whatever stands in it."""
    text = '[{"a\\\\": 1}, ' * 1_000_000
    cell = CELL | {"outputs": [{"output_type": "stream", "text": text}]}
    assert read_notebook(notebook([cell])).cells[0].source == "x = 1"


def test_nan_in_metadata_is_read() -> None:
    """NaN, which JSON forbids and Python writes, does not cost the student the grade."""
    data = notebook([CELL]).replace(b'"metadata": {}', b'"metadata": {"x": NaN}')
    assert read_notebook(data).cells[0].source == "x = 1"


def test_format_3_is_read() -> None:
    """An old notebook's worksheets, inputs and headings become cells."""
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": "Title"},
                    {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": []},
                ]
            }
        ],
    }
    read = read_notebook(json.dumps(old).encode())
    assert [(c.cell_type, c.source) for c in read.cells] == [
        ("markdown", "## Title"),
        ("code", "x = 1\ny = 2"),
    ]
    assert read.repairs[0].code == "old-format"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp1252"]
)
def test_other_encodings_are_read(encoding: str) -> None:
    """A byte order mark or a Windows encoding does not cost the student the grade."""
    cell = {"cell_type": "code", "source": "name = 'Müller'"}
    data = json.dumps({"cells": [cell]}, ensure_ascii=False).encode(encoding)
    assert read_notebook(data).cells[0].source == "name = 'Müller'"


def test_lone_surrogates_and_nul_are_removed() -> None:
    """Text that no file could hold is made storable."""
    read = read_notebook(notebook([dict(CELL, source="a\ud800\x00b")]))
    assert read.cells[0].source == "a?b"


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of cells is refused with the number."""
    monkeypatch.setattr(submission, "MAX_CELLS", 10)
    with pytest.raises(Refused, match="has 11 cells; at most 10"):
        read_notebook(notebook([CELL] * 11))


def test_a_huge_cell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One cell with a flood of text is refused with its number."""
    monkeypatch.setattr(submission, "MAX_SOURCE_CHARACTERS", 3)
    with pytest.raises(Refused, match="Cell 1 has 5 characters"):
        read_notebook(notebook([CELL]))


def test_heavy_outputs_are_dropped() -> None:
    """Outputs are not kept, however large."""
    heavy = dict(CELL, outputs=[{"output_type": "stream", "text": "x" * 10_000_000}])
    assert read_notebook(notebook([heavy])).cells[0].source == "x = 1"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
)


@given(cells=st.lists(json_values, max_size=5))
def test_any_json_in_cells_is_read_or_refused(cells: list[Any]) -> None:
    """No shape of cell raises anything but a refusal."""
    read = read_notebook(notebook(cells))
    assert all(isinstance(cell.source, str) for cell in read.cells)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No bytes raise anything but a refusal."""
    with contextlib.suppress(Refused):
        read_notebook(data)


def test_links_directories_and_pipes_are_refused(tmp_path: Path) -> None:
    """A submission may not lead out of its folder or block the batch."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("link", "folder", "pipe", "missing"):
        with pytest.raises(Refused, match=name):
            read_file(tmp_path / f"{name}.ipynb")
    (tmp_path / "good.ipynb").write_bytes(b"{}")
    assert read_file(tmp_path / "good.ipynb") == b"{}"
