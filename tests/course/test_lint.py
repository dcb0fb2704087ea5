"""`lint`: a source that is well formed but would leak, or whose checks or cases are wrong."""

from __future__ import annotations

import json

import pytest

from autograder.course import lint, load_manifest


def problems_of(workshop):
    return lint(load_manifest(workshop.layout, "doubling"))


def test_a_right_source_has_no_problem(workshop):
    """The fixture that the other tests break is itself accepted."""
    assert problems_of(workshop) == []


def test_a_solution_line_in_another_cell_is_a_leak(workshop):
    """A line of the solution in given text is refused where it stands, spaces or not."""
    path = workshop.change(
        "notebook.py", "# # Doubling", "# # Doubling\n# Try `return sum( x for _ in range(2) )`."
    )
    assert [(p.file, p.line) for p in problems_of(workshop)] == [(path, 3)]


def test_a_solution_line_in_a_self_check_is_a_leak(workshop):
    """The visible self-check is released, so it is searched as well."""
    workshop.change(
        "notebook.py", "assert double(2) == 4", "def d(x):\n    return sum(x for _ in range(2))"
    )
    assert [p.line for p in problems_of(workshop)] == [16]


def test_a_solution_line_in_a_public_file_is_a_leak(workshop):
    """A public file is released, so it is searched as well."""
    path = workshop.write("data/words.txt", "one\nreturn sum(x for _ in range(2))\n")
    assert [(p.file, p.line) for p in problems_of(workshop)] == [(path, 2)]


def test_a_marker_in_a_public_file_is_a_leak(workshop):
    """A marker in a public file tells that an instructor's file was listed by mistake."""
    path = workshop.write("data/words.txt", "one\n### BEGIN SOLUTION\n")
    assert [(p.file, p.line) for p in problems_of(workshop)] == [(path, 2)]


def test_may_repeat_permits_a_line_and_must_be_used(workshop):
    """An author may say that a line is no secret; a line that is not in a solution is refused."""
    workshop.write("data/words.txt", "return sum(x for _ in range(2))\n")
    line = "return sum(x for _ in range(2))"
    workshop.change("assignment.toml", "points = 3.5", f'points = 3.5\nmay_repeat = ["{line}"]')
    assert problems_of(workshop) == []
    workshop.change("assignment.toml", line, "return something else altogether")
    assert "is no solution line" in str(problems_of(workshop)[0])


def test_short_solution_lines_may_stand_elsewhere(workshop):
    """`return x` tells nothing, so it is no leak."""
    workshop.change("notebook.py", "return sum(x for _ in range(2))", "return 2 * x")
    workshop.change("notebook.py", "# # Doubling", "# # Doubling\n# Never `return 2 * x` blindly.")
    assert problems_of(workshop) == []


def test_code_that_is_no_python_is_refused_at_its_line(workshop):
    """A typing error in the notebook is found before a student finds it."""
    workshop.change("notebook.py", "assert double(2) == 4", "assert double(2) = 4")
    assert [(p.line, "not Python" in p.message) for p in problems_of(workshop)] == [(15, True)]


def test_a_marker_in_a_string_is_refused(workshop):
    """A line that starts a cell inside a string cuts the string in two."""
    workshop.change("notebook.py", "import math\n", 'a = """\n# %%\n"""\n')
    assert "unterminated triple-quoted string" in str(problems_of(workshop)[0])


def test_magics_are_no_syntax_errors(workshop):
    """A cell with IPython's own syntax is left alone."""
    workshop.change("notebook.py", "import math", "import math\n# !ls")
    assert problems_of(workshop) == []


CHECK_REFUSALS = {
    "syntax": ("def test_two(", "def test_two((", 7, "is not Python"),
    "no declaration": (" (grade cell `doubling`, 2 points)", "", 1, "does not say"),
    "another cell": ("`doubling`", "`tripling`", 1, "names grade cell 'tripling'"),
    "points disagree": ("2 points", "3 points", 1, "points disagree: 3 here, 2 in line 14"),
    "same name": ("test_three", "test_two", 11, "already in line 7"),
    "zero weight": ("@points(1)", "@points(0)", 6, "weight 0"),
    "negative weight": ("@points(1)", "@points(-1)", 6, "weight -1"),
    "points that do not add up": ("@points(1)", "@points(2)", 6, "add up to 3 (2 + 1; a check"),
    "private import": (
        "import points",
        "import points\nimport autograder.wire",
        4,
        "checking only",
    ),
    "relative import": ("import points", "import points\nfrom . import x", 4, "stands alone"),
}


@pytest.mark.parametrize("case", CHECK_REFUSALS)
def test_a_wrong_check_file_is_refused_at_its_line(workshop, case):
    """Each broken rule for check files is refused with file, line and reason."""
    old, new, line, message = CHECK_REFUSALS[case]
    path = workshop.change("checks/test_doubling.py", old, new)
    found = [p for p in problems_of(workshop) if message in p.message]
    assert [(p.file, p.line) for p in found] == [(path, line)]


def test_a_check_file_without_checks_is_refused(workshop):
    """A graded cell whose file has no test would give its points to nobody."""
    path = workshop.write(
        "checks/test_doubling.py", '"""Nothing (grade cell `doubling`, 2 points)."""\n'
    )
    assert (path, "has no check; write a function test_…(student)") in [
        (p.file, p.message) for p in problems_of(workshop)
    ]


def test_checks_are_parsed_and_never_run(workshop, tmp_path):
    """Building an assignment runs none of its checks."""
    trace = tmp_path / "ran"
    workshop.change(
        "checks/test_doubling.py", "@points(1)", f"open({str(trace)!r}, 'w')\n@points(1)"
    )
    assert problems_of(workshop) == []
    assert not trace.exists()


def test_a_self_check_that_rebinds_an_answer_is_refused(workshop):
    """The hidden checks would find the self-check's value under the answer's name."""
    path = workshop.change(
        "notebook.py", "assert double(2) == 4", "for double in (1, 2):\n    pass"
    )
    (problem,) = problems_of(workshop)
    assert (problem.file, problem.line) == (path, 15)
    assert "binds 'double', which the answer 'double' defines (line 8)" in problem.message


def test_a_self_check_may_bind_inside_a_function(workshop):
    """Local names, comprehensions and functions of other names touch no answer."""
    workshop.change(
        "notebook.py",
        "assert double(2) == 4",
        "def check():\n    double = 1\n    return [double for double in (1, double)]\n\n\ncheck()",
    )
    assert problems_of(workshop) == []


def test_a_notebook_file_among_the_sources_is_refused(workshop):
    """Notebook files carry outputs; sources are text, and the message counts the outputs."""
    cell = {"cell_type": "code", "outputs": [{"output_type": "stream"}]}
    path = workshop.write("draft.ipynb", json.dumps({"cells": [cell, {}]}))
    (problem,) = problems_of(workshop)
    assert problem.file == path
    assert "outputs in 1 cells" in problem.message


@pytest.mark.parametrize("weights", [("", ""), ("@points(1.5)\n", "@points(0.5)\n")])
def test_points_that_add_up_and_no_points_are_accepted(workshop, weights):
    """Equal shares need no `@points`; shares may be fractions."""
    workshop.change("checks/test_doubling.py", "@points(1)\n", weights[0])
    workshop.change("checks/test_doubling.py", "def test_three", f"{weights[1]}def test_three")
    assert problems_of(workshop) == []
