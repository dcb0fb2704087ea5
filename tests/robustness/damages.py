"""Ways to damage a submitted notebook, each saying which answers it leaves to be graded.

A damage takes a notebook as JSON values and a random generator and returns a `Damaged`: the bytes,
and the ids of answer cells whose text it may have taken away; `None` promises nothing. All that it
draws comes from the generator, so that a seed names one damaged notebook.

The module is long because it is a list: one function for each damage.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Damaged:
    """A damaged notebook.

    Args:
        data: its bytes.
        lost: answer cells that may be gone; `None` when nothing is promised.
    """

    data: bytes
    lost: frozenset[str] | None = frozenset()


Damage = Callable[[Notebook, random.Random], Damaged]


def to_bytes(notebook: Notebook, **options: Any) -> bytes:
    """Write a notebook as an editor would."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, **options).encode(
        "utf-8", "surrogatepass"
    )


# bytes


def truncated(notebook: Notebook, rng: random.Random) -> Damaged:
    """The upload broke off."""
    data = to_bytes(notebook)
    return Damaged(data[: rng.randrange(len(data))], None)


def flipped(notebook: Notebook, rng: random.Random) -> Damaged:
    """A bad disk: some bits are others."""
    data = bytearray(to_bytes(notebook))
    for _ in range(rng.choice((1, 1, 3, 30))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return Damaged(bytes(data), None)


def spliced(notebook: Notebook, rng: random.Random) -> Damaged:
    """A piece of the file stands in another place, or is gone."""
    data = to_bytes(notebook)
    low, high = sorted(rng.randrange(len(data)) for _ in range(2))
    place = rng.randrange(len(data))
    piece = rng.choice((data[low:high], b"", bytes(rng.randrange(256) for _ in range(20))))
    return Damaged(data[:place] + piece + data[rng.choice((place, high)) :], None)


def conflict(notebook: Notebook, rng: random.Random) -> Damaged:
    """A merge of git was not finished."""
    lines = to_bytes(notebook).split(b"\n")
    place = rng.randrange(1, len(lines))
    mark = [b"<<<<<<< HEAD", lines[place], b"=======", lines[place], b">>>>>>> mine"]
    return Damaged(b"\n".join(lines[:place] + mark + lines[place + 1 :]), None)


def other_encoding(notebook: Notebook, rng: random.Random) -> Damaged:
    """Saved by an editor that prefers another encoding."""
    encoding = rng.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig")
    )
    return Damaged(to_bytes(notebook).decode().encode(encoding))


def latin(notebook: Notebook, rng: random.Random) -> Damaged:
    """Letters of an old code page: they may change, the code around them does not."""
    notebook["cells"].insert(0, _own_cell("# Bl\u00e4tter und B\u00e4ume", rng))
    return Damaged(to_bytes(notebook).decode().encode("cp1252", "replace"), None)


def line_ends(notebook: Notebook, rng: random.Random) -> Damaged:
    """Windows' line ends, in the file or inside the cells."""
    if rng.random() < 0.5:
        return Damaged(to_bytes(notebook).replace(b"\n", b"\r\n"))
    for cell in notebook["cells"]:
        cell["source"] = _text(cell).replace("\n", "\r\n")
    return Damaged(to_bytes(notebook))


# JSON


def not_a_notebook(notebook: Notebook, rng: random.Random) -> Damaged:
    """Valid JSON, or nothing at all, that is no notebook."""
    other = [
        "[]",
        "{}",
        "null",
        "3",
        '"cells"',
        '{"cells": {}}',
        '{"cells": null}',
        "",
        " \n",
        "\0",
    ]
    return Damaged(rng.choice(other).encode(), None)


def nan_everywhere(notebook: Notebook, rng: random.Random) -> Damaged:
    """Numbers that JSON does not have, as Python writes them."""
    notebook["metadata"]["score"] = float(rng.choice(("nan", "inf", "-inf")))
    for cell in notebook["cells"]:
        cell["metadata"]["time"] = float("nan")
    return Damaged(to_bytes(notebook))


def huge_numbers(notebook: Notebook, rng: random.Random) -> Damaged:
    """An execution count beyond all measure."""
    for cell in notebook["cells"]:
        cell["execution_count"] = rng.choice((10**300, -1, 1e308, "7"))
    notebook["nbformat"] = 10**30
    return Damaged(to_bytes(notebook))


def number_of_many_digits(notebook: Notebook, rng: random.Random) -> Damaged:
    """More digits than Python converts."""
    data = to_bytes(notebook).replace(b'"nbformat_minor": ', b'"nbformat_minor": ' + b"9" * 5000, 1)
    return Damaged(data, None)


def duplicate_keys(notebook: Notebook, rng: random.Random) -> Damaged:
    """The same key twice: the last one counts, as for every reader of notebooks."""
    data = to_bytes(notebook)
    return Damaged(b'{"cells": [], "nbformat": 3, "metadata": 7,' + data[1:])


def deep(notebook: Notebook, rng: random.Random) -> Damaged:
    """Nested beyond what a parser follows."""
    depth = rng.choice((500, 5_000, 200_000))
    nested = b'"deep": ' + b"[" * depth + b"]" * depth + b","
    return Damaged(b"{" + nested + to_bytes(notebook)[1:], None)


def surrogates(notebook: Notebook, rng: random.Random) -> Damaged:
    """Half characters and NUL in the cells."""
    for cell in notebook["cells"]:
        cell["metadata"]["name"] = "\ud800"
    notebook["cells"].append(_own_cell("# \udfff \0 end", rng))
    return Damaged(json.dumps(notebook).encode())


def no_metadata(notebook: Notebook, rng: random.Random) -> Damaged:
    """All metadata is gone, ids stay."""
    for cell in notebook["cells"]:
        cell["metadata"] = rng.choice(({}, None, [], "lost"))
    notebook["metadata"] = {}
    return Damaged(to_bytes(notebook))


def no_ids(notebook: Notebook, rng: random.Random) -> Damaged:
    """Saved in format 4.4: cells have no ids."""
    for cell in notebook["cells"]:
        del cell["id"]
    notebook["nbformat_minor"] = 4
    return Damaged(to_bytes(notebook))


def nothing_to_know_by(notebook: Notebook, rng: random.Random) -> Damaged:
    """Copied into a new notebook: neither ids nor metadata."""
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {}
        cell["id"] = f"new-{number}"
    return Damaged(to_bytes(notebook))


def some_lost_metadata(notebook: Notebook, rng: random.Random) -> Damaged:
    """Cells were cut and pasted: some lost both."""
    answers = [cell for cell in notebook["cells"] if _is_answer(cell)]
    one = rng.choice(answers) if answers else None
    for number, cell in enumerate(notebook["cells"]):
        if rng.random() < 0.3 or cell is one:
            cell["metadata"], cell["id"] = {}, f"pasted-{number}"
    return Damaged(to_bytes(notebook))


def edited_metadata(notebook: Notebook, rng: random.Random) -> Damaged:
    """Points, locks and flags were changed by hand."""
    for cell in notebook["cells"]:
        nbgrader = cell["metadata"].setdefault("nbgrader", {})
        nbgrader |= {"points": 1e9, "locked": False, "grade": rng.random() < 0.5, "solution": True}
        nbgrader["schema_version"] = rng.choice((0, "3", None, 99))
        nbgrader["checksum"] = "0" * 32
    return Damaged(to_bytes(notebook))


def deleted(notebook: Notebook, rng: random.Random) -> Damaged:
    """Some cells are gone."""
    lost = set()
    for _ in range(rng.randrange(1, 4)):
        if len(notebook["cells"]) > 1:
            cell = notebook["cells"].pop(rng.randrange(len(notebook["cells"])))
            lost.add(cell["id"])
    return Damaged(to_bytes(notebook), frozenset(lost))


def only_answers(notebook: Notebook, rng: random.Random) -> Damaged:
    """All that was given is gone."""
    notebook["cells"] = [cell for cell in notebook["cells"] if _is_answer(cell)]
    return Damaged(to_bytes(notebook))


def duplicated(notebook: Notebook, rng: random.Random) -> Damaged:
    """Cells were copied with all that they have."""
    for _ in range(rng.randrange(1, 4)):
        cell = rng.choice(notebook["cells"])
        place = rng.randrange(len(notebook["cells"]) + 1)
        notebook["cells"].insert(place, copy.deepcopy(cell))
    return Damaged(to_bytes(notebook))


def reordered(notebook: Notebook, rng: random.Random) -> Damaged:
    """Cells were moved."""
    rng.shuffle(notebook["cells"])
    return Damaged(to_bytes(notebook))


def retyped(notebook: Notebook, rng: random.Random) -> Damaged:
    """Y, M and R were pressed in command mode."""
    for cell in notebook["cells"]:
        if rng.random() < 0.4:
            cell["cell_type"] = rng.choice(("code", "markdown", "raw"))
    return Damaged(to_bytes(notebook))


def invalid_types(notebook: Notebook, rng: random.Random) -> Damaged:
    """Types of cells that do not exist."""
    for cell in notebook["cells"]:
        if rng.random() < 0.3:
            cell["cell_type"] = rng.choice(("sql", "", None, 4, ["code"], {"code": 1}))
    return Damaged(to_bytes(notebook))


def invalid_cells(notebook: Notebook, rng: random.Random) -> Damaged:
    """Things among the cells that are none."""
    for thing in (None, 3, "cell", [], {}, {"source": 7}, {"source": ["a", 1, None]}, True):
        notebook["cells"].insert(rng.randrange(len(notebook["cells"]) + 1), thing)
    return Damaged(to_bytes(notebook))


def source_of_other_kinds(notebook: Notebook, rng: random.Random) -> Damaged:
    """One answer is no text any more; the others are lists of lines."""
    lost = rng.choice([cell for cell in notebook["cells"] if _is_answer(cell)])
    for cell in notebook["cells"]:
        cell["source"] = _text(cell).splitlines(keepends=True)
    lost["source"] = rng.choice((None, 7, {"text": "x"}, [[["x"]]], True))
    return Damaged(to_bytes(notebook), frozenset({lost["id"]}))


def split(notebook: Notebook, rng: random.Random) -> Damaged:
    """A given cell was split at the cursor, both halves keeping its metadata."""
    places = [i for i, c in enumerate(notebook["cells"]) if not _is_answer(c) and "\n" in _text(c)]
    if places:
        place = rng.choice(places)
        lines = _text(notebook["cells"][place]).splitlines(keepends=True)
        cut = rng.randrange(1, len(lines))
        halves = [copy.deepcopy(notebook["cells"][place]) for _ in range(2)]
        halves[0]["source"], halves[1]["source"] = "".join(lines[:cut]), "".join(lines[cut:])
        halves[1]["id"] = "second-half"
        notebook["cells"][place : place + 1] = halves
    return Damaged(to_bytes(notebook))


def split_answer(notebook: Notebook, rng: random.Random) -> Damaged:
    """An answer was split: what it is worth now depends on where."""
    answers = [i for i, c in enumerate(notebook["cells"]) if _is_answer(c) and "\n" in _text(c)]
    if not answers:
        return Damaged(to_bytes(notebook))
    place = rng.choice(answers)
    lines = _text(notebook["cells"][place]).splitlines(keepends=True)
    cut = rng.randrange(1, len(lines))
    halves = [copy.deepcopy(notebook["cells"][place]) for _ in range(2)]
    halves[0]["source"], halves[1]["source"] = "".join(lines[:cut]), "".join(lines[cut:])
    if rng.random() < 0.5:
        halves[1]["metadata"] = {}
    halves[1]["id"] = "second-half"
    notebook["cells"][place : place + 1] = halves
    return Damaged(to_bytes(notebook), frozenset({halves[0]["id"]}))


def merged(notebook: Notebook, rng: random.Random) -> Damaged:
    """Two neighbours of one type became one cell."""
    cells = notebook["cells"]
    pairs = [i for i in range(len(cells) - 1) if cells[i]["cell_type"] == cells[i + 1]["cell_type"]]
    if not pairs:
        return Damaged(to_bytes(notebook))
    place = rng.choice(pairs)
    gone = cells.pop(place + 1)
    cells[place]["source"] = _text(cells[place]) + "\n\n" + _text(gone)
    return Damaged(to_bytes(notebook), frozenset({gone["id"], cells[place]["id"]}))


def strangers(notebook: Notebook, rng: random.Random) -> Damaged:
    """Cells of no assignment were added, with names that mean nothing here."""
    for number in range(rng.randrange(1, 5)):
        cell = _own_cell(f"elsewhere_{number} = {number}", rng)
        cell["metadata"] = {
            "nbgrader": {"grade_id": f"other_{number}", "grade": True, "points": 5, "locked": True}
        }
        notebook["cells"].insert(rng.randrange(len(notebook["cells"]) + 1), cell)
    return Damaged(to_bytes(notebook))


def other_assignment(notebook: Notebook, rng: random.Random) -> Damaged:
    """Cells of another real assignment were copied in, with all that they have."""
    own = {cell["id"] for cell in notebook["cells"]}
    for path in sorted((Path(__file__).parents[2] / "assignments").glob("*/*.ipynb")):
        cells = json.loads(path.read_bytes())["cells"]
        if own.isdisjoint(cell["id"] for cell in cells) and rng.random() < 0.5:
            for cell in rng.sample(cells, min(4, len(cells))):
                notebook["cells"].insert(rng.randrange(len(notebook["cells"]) + 1), cell)
    return Damaged(to_bytes(notebook))


def own_cells(notebook: Notebook, rng: random.Random) -> Damaged:
    """The student tried things out, and some of them fail."""
    for source in ("x_tried = 1", "1 / 0", "def unfinished(:", "%matplotlib nothing", "# note"):
        cell = _own_cell(source, rng)
        notebook["cells"].insert(rng.randrange(len(notebook["cells"]) + 1), cell)
    return Damaged(to_bytes(notebook))


def empty_copies(notebook: Notebook, rng: random.Random) -> Damaged:
    """Answers were split at their end: an empty cell with the same metadata stands behind each."""
    for place in reversed([i for i, cell in enumerate(notebook["cells"]) if _is_answer(cell)]):
        copied = {**copy.deepcopy(notebook["cells"][place]), "source": rng.choice(("", "\n", "  "))}
        notebook["cells"].insert(place + 1, copied)
    return Damaged(to_bytes(notebook))


def trailing(notebook: Notebook, rng: random.Random) -> Damaged:
    """Saved over a longer version, whose end is still there."""
    data = to_bytes(notebook)
    return Damaged(data + rng.choice((data[-rng.randrange(1, 200) :], b"\0" * 100, b"\n}\n")))


# other programs


def old_format(notebook: Notebook, rng: random.Random) -> Damaged:
    """Saved in nbformat 3."""
    cells = []
    for cell in notebook["cells"]:
        old = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        if cell["cell_type"] == "code":
            old |= {"input": _text(cell), "language": "python", "outputs": [], "prompt_number": 3}
        else:
            old["source"] = _text(cell)
        cells.append(old)
    cells.insert(0, {"cell_type": "heading", "level": 1, "metadata": {}, "source": "Mine"})
    sheets = [{"cells": cells, "metadata": {}}, {"metadata": {}}, None]
    old_notebook = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    return Damaged(to_bytes(old_notebook | {"worksheets": sheets}))


def no_kernelspec(notebook: Notebook, rng: random.Random) -> Damaged:
    """Nothing says what language it is."""
    notebook["metadata"] = rng.choice(
        ({}, None, {"kernelspec": None}, {"kernelspec": {"name": "R"}})
    )
    return Damaged(to_bytes(notebook))


def colab(notebook: Notebook, rng: random.Random) -> Damaged:
    """Uploaded to Colab and downloaded again."""
    notebook["metadata"] = {
        "accelerator": "GPU",
        "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    notebook |= {"nbformat": 4, "nbformat_minor": 0}
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] |= {"id": f"Xy{number}", "colab": {"base_uri": "https://localhost:8080/"}}
        cell["metadata"]["outputId"] = "0b9c"
        cell["source"] = _text(cell).splitlines(keepends=True)
        cell.pop("id")
    return Damaged(to_bytes(notebook))


def vscode(notebook: Notebook, rng: random.Random) -> Damaged:
    """Edited in VS Code."""
    notebook["metadata"]["vscode"] = {"interpreter": {"hash": "31f2"}}
    notebook["metadata"]["orig_nbformat"] = 4
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["vscode"] = {"languageId": rng.choice(("python", "plaintext"))}
        if rng.random() < 0.5:
            cell["id"] = f"{number:08x}"
    return Damaged(to_bytes(notebook))


def widgets(notebook: Notebook, rng: random.Random) -> Damaged:
    """State of widgets, and outputs that show them."""
    state = {
        f"{n:032x}": {"model_name": "FloatSliderModel", "state": {"value": n}} for n in range(50)
    }
    mime = "application/vnd.jupyter.widget-state+json"
    notebook["metadata"]["widgets"] = {mime: {"state": state, "version_major": 2}}
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": f"{1:032x}"}}
    for cell in notebook["cells"]:
        cell["outputs"] = [{"output_type": "display_data", "data": view, "metadata": {}}]
    return Damaged(to_bytes(notebook))


def attachments(notebook: Notebook, rng: random.Random) -> Damaged:
    """Pictures were pasted into cells."""
    for cell in notebook["cells"]:
        cell["attachments"] = rng.choice(({"a.png": {"image/png": "iVBORw0KGgo="}}, None, 3))
    return Damaged(to_bytes(notebook))


def heavy_outputs(notebook: Notebook, rng: random.Random, megabytes: float = 0.5) -> Damaged:
    """A training loop printed a lot."""
    text = "loss 0.123\n" * int(megabytes * 2**20 / 11)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    rng.choice(code)["outputs"] = [{"output_type": "stream", "name": "stderr", "text": text}]
    return Damaged(to_bytes(notebook))


def odd_outputs(notebook: Notebook, rng: random.Random) -> Damaged:
    """Outputs that are none."""
    for cell in notebook["cells"]:
        cell["outputs"] = rng.choice((None, 3, {}, [None], [{"output_type": "error"}], "text"))
    return Damaged(to_bytes(notebook))


DAMAGES: tuple[Damage, ...] = (
    truncated, flipped, spliced, conflict, other_encoding, latin, line_ends, not_a_notebook,
    nan_everywhere, huge_numbers, number_of_many_digits, duplicate_keys, deep, surrogates,
    no_metadata, no_ids, nothing_to_know_by, some_lost_metadata, edited_metadata, deleted,
    only_answers, duplicated, reordered, retyped, invalid_types, invalid_cells,
    source_of_other_kinds, split, split_answer, empty_copies, trailing, merged, strangers,
    other_assignment, own_cells, old_format, no_kernelspec, colab, vscode, widgets, attachments,
    heavy_outputs, odd_outputs,
)  # fmt: skip


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _is_answer(cell: dict[str, Any]) -> bool:
    nbgrader = cell["metadata"].get("nbgrader", {})
    return bool(nbgrader.get("solution"))


def _own_cell(source: str, rng: random.Random) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"own-{rng.randrange(10**9)}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
