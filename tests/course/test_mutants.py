"""Mutants: small changes of a right answer, each once, at its place, with a lasting name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder.course import Layout, SourceError, assignment_names, instructor_answers
from autograder.course import load_manifest as load
from autograder.course.mutants import KINDS, mutants_of, read_equal

COURSE = Layout.find(Path(__file__).parent)

CHANGES = {  # answer: what must be among its mutants, by kind
    "y = a + b": {
        ("operator", "y = (a - b)"), ("term dropped", "y = a"), ("term dropped", "y = b"),
    },
    "y = -a": {("sign", "y = a"), ("line dropped", "pass")},
    "y = f(a, b, c)": {
        ("arguments swapped", "y = f(b, a, c)"), ("arguments swapped", "y = f(a, c, b)"),
    },
    "y = x.sum(dim=0)": {
        ("reduction", "y = x.mean(dim=0)"), ("axis", "y = x.sum()"),
        ("constant", "y = x.sum(dim=1)"), ("constant", "y = x.sum(dim=-1)"),
    },
    "y = W.T @ x": {("transpose", "y = W @ x"), ("operator", "y = (W.T * x)")},
    "y = a.transpose(0, 1)": {("transpose", "y = a")},
    "y = a < b": {("comparison", "y = (a <= b)"), ("comparison", "y = (a > b)")},
    "for i in range(n): pass": {
        ("bound", "for i in range(n + 1): pass"), ("bound", "for i in range(n - 1): pass"),
    },
    "y = x[1:]": {("constant", "y = x[2:]"), ("bound dropped", "y = x[:]")},
    "if a: b()": {("branch", "if (True): b()"), ("branch", "if (False): b()")},
    "y = a if b else c": {("branch", "y = a"), ("branch", "y = c")},
    "y += a": {("line changed", "y = a"), ("operator", "y -= a")},
    "def f(x):\n    return x * 2": {
        ("result", "def f(x):\n    return x"), ("sign", "def f(x):\n    return -(x * 2)"),
    },
    'dz = "2*x"': {("constant", "dz = '3*x'"), ("operator", "dz = '(2 / x)'")},
    "y = a and b": {("operator", "y = (a or b)"), ("term dropped", "y = a")},
    "y = not a": {("negation", "y = a")},
    "def f(x, h=None, k=2):\n    return k": {
        ("default", "def f(x, h=1, k=2):\n    return k"),
        ("default", "def f(x, h=2, k=2):\n    return k"),
        ("constant", "def f(x, h=None, k=3):\n    return k"),
    },
    "def f(kind='max'):\n    'Pool.'\n    return kind in ('max', 'average')": {
        ("default", "def f(kind='average'):\n    'Pool.'\n    return kind in ('max', 'average')"),
    },
    "y = f(a, bias=False)": {("argument dropped", "y = f(a)"), ("constant", "y = f(a, bias=True)")},
}  # fmt: skip


@pytest.mark.parametrize("answer", CHANGES)
def test_each_kind_of_change_is_made(answer):
    """What students do by mistake is among the mutants, as text."""
    assert CHANGES[answer] <= {(mutant.kind, mutant.source) for mutant in mutants_of(answer)}


def test_every_kind_is_shown_here():
    """No kind of change is without an example above."""
    assert {kind for changes in CHANGES.values() for kind, _ in changes} == set(KINDS)


@pytest.mark.parametrize(
    "source",
    [
        'def f(x: int = 0) -> "1 + 1":\n    """Return 1 + 2."""\n    raise ValueError("1 + 1")',
        "y = min(a, b)",
        "%matplotlib inline\ny = 1",
        "def f(:",
        'print(f"{a + b}")',
        "y = a + b\n# the solution\ny = 3",
    ],
)
def test_what_says_nothing_of_the_answer_stays(source):
    """Docstrings, annotations, the words of errors, arguments in any order, overwritten values."""
    unwanted = ("2 + 1", "1 - 1", "min(b, a)", "a - b")
    assert not [m.source for m in mutants_of(source) if any(text in m.source for text in unwanted)]


def _answers():
    for name in assignment_names(COURSE):
        for cell_id, text in instructor_answers(load(COURSE, name)).items():
            yield pytest.param(text, id=f"{name}-{cell_id}")


@pytest.mark.parametrize("answer", [*_answers()])
def test_mutants_of_the_course_differ_in_one_place(answer):
    """Each is Python, differs from all others, repeats, and its diff is the change."""
    mutants = mutants_of(answer)
    assert mutants == mutants_of(answer)
    trees = {ast.dump(ast.parse(mutant.source)) for mutant in mutants}
    assert len(trees) == len(mutants)
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        assert answer.replace(mutant.before, mutant.after, 1) == mutant.source or (
            answer.count(mutant.before) > 1 or not mutant.before
        )


def test_equal_mutants_are_named_with_a_reason(tmp_path):
    """A table of names and reasons; none without, and nothing else."""
    assert read_equal(tmp_path) == {}
    path = tmp_path / "mutants.toml"
    path.write_text('[equal]\n"0123456789" = "the same for whole numbers"\n')
    assert read_equal(tmp_path) == {"0123456789": "the same for whole numbers"}
    for text in ('[equal]\n"0123456789" = ""\n', "[others]\n", 'equal = "all"\n'):
        path.write_text(text)
        with pytest.raises(SourceError):
            read_equal(tmp_path)
