"""Of a monstrous notebook a part is shown, of an ordinary one all."""

from __future__ import annotations

from autograder.gradebook import bounds
from autograder.gradebook.bounds import bounded
from autograder.grading.report import ExecutedCell


def shown(*cells: ExecutedCell, locked: tuple[str, ...] = ()) -> list[ExecutedCell]:
    return list(bounded(cells, locked))


def display(**data: str) -> dict:
    named = {mime.replace("_", "/"): value for mime, value in data.items()}
    return {"output_type": "display_data", "data": named, "metadata": {}}


def test_an_ordinary_notebook_is_shown_as_it_is() -> None:
    """Blank lines, long lines and outputs of an honest size stay."""
    cells = [
        ExecutedCell("a", "code", "def f(x):\n\n\n    return x\n", (display(text_html="<b>"),)),
        ExecutedCell("b", "markdown", "# Why\n\n$$\\begin{aligned} a \\end{aligned}$$\n" * 50),
        ExecutedCell("c", "code", "x = 1  # " + "wide " * 100),
    ]
    assert shown(*cells) == cells


def test_blank_lines_and_long_lines_of_code_are_shortened() -> None:
    """Code stays code: what is taken away is blank, and a line that is broken loses nothing."""
    (blank,) = shown(ExecutedCell("a", "code", "x = 1\n" + " \t\n" * 5_000 + "y = 2"))
    assert blank.source == "x = 1" + "\n" * 12 + "y = 2"
    (long,) = shown(ExecutedCell("a", "code", "x" * 2_500))
    assert long.source == "\n".join(["x" * 1_000, "x" * 1_000, "x" * 500])


def test_a_cut_is_said_and_locked_cells_are_never_cut() -> None:
    """Each cell has its limit, and all together."""
    one = ExecutedCell("a", "code", "x = 1\n" * 10_000)
    (cut,) = shown(one)
    assert cut.source[: bounds.CELL_CHARACTERS] == one.source[: bounds.CELL_CHARACTERS]
    assert cut.source.endswith("\n# … 30000 characters more are not shown here")
    assert shown(one, locked=("a",)) == [one]
    essays = shown(*[ExecutedCell(str(n), "markdown", "word " * 5_000) for n in range(20)])
    assert sum(len(essay.source) for essay in essays) < bounds.ALL_CHARACTERS + 20 * 100
    assert essays[-1].source.strip() == "… 25000 characters more are not shown here"


def test_outputs_that_are_too_much_keep_their_plain_text() -> None:
    """Also those of locked cells: the student's code can print there."""
    outputs = (display(text_html="<b>x</b>" * 20_000, text_plain="table"),) * 3
    (cell,) = shown(ExecutedCell("a", "code", "", outputs), locked=("a",))
    assert [sorted(output["data"]) for output in cell.outputs] == [
        ["text/html", "text/plain"],
        ["text/plain"],
        ["text/plain"],
    ]
    (alone,) = shown(ExecutedCell("a", "code", "", (display(text_markdown="x" * 300_000),)))
    assert alone.outputs[0]["data"] == {"text/plain": "[this output is too much to be shown]"}
