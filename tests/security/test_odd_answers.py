"""Odd answers to every check of every real exercise: a verdict each, never a fault of ours.

An exception in a check is a fault: the student would get no grade, and the batch would try again
three times. So whatever a submission can return must become a verdict.
"""

import ast

import pytest

from autograder.course import instructor_answers, notebook_bytes, submission_notebook

from .conftest import pairs

# what every name of an answer is, or returns, instead; `torch`, `np` and `sympy` are imported
ODD_ANSWERS = {
    "none": "None",
    "true": "True",
    "text": "'\\x1b[31m<script>\\u202e\\ud800'",
    "empty-text": "''",
    "bytes": "b'\\x00\\xff'",
    "huge-int": "-10**4000",
    "nan": "float('nan')",
    "minus-infinity": "float('-inf')",
    "complex": "3 + 4j",
    "ellipsis": "...",
    "empty-list": "[]",
    "ragged": "[[1.0], [1.0, 2.0], 'x', None]",
    "deep": "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
    "cycle": "(lambda a: (a.append(a), a)[1])([])",
    "mixed-dict": "{'a': 1, 2: None, (3, 4): [5], None: 6, 1.5: {}}",
    "set": "{1, 'a', (2, 3)}",
    "three-none": "(None, None, None)",
    "two-none": "[None, None]",
    "scalar-tensor": "torch.tensor(1.0)",
    "empty-tensor": "torch.zeros(0, 3)",
    "many-dimensions": "torch.zeros(*[1] * 12)",
    "bool-tensor": "torch.ones(2, 2, dtype=torch.bool)",
    "half-tensor": "torch.full((4,), 65504, dtype=torch.float16)",
    "complex-tensor": "torch.zeros(3, 2, dtype=torch.complex64)",
    "int-tensor": "torch.arange(6).reshape(2, 3)",
    "nan-tensor": "torch.full((2, 5), float('nan'))",
    "negative-strides": "np.arange(6.0).reshape(2, 3)[::-1, ::-1]",
    "big-tensor": "torch.ones(3_000_000)",
    "sparse": "torch.eye(3).to_sparse()",
    "meta": "torch.zeros(3, device='meta')",
    "quantised": "torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)",
    "nested": "torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])",
    "structured": "np.zeros(2, dtype=[('a', 'f4'), ('b', 'U3')])",
    "objects": "np.array([object(), None], dtype=object)",
    "dates": "np.array(['2020-01-01', 'NaT'], dtype='datetime64[D]')",
    "function": "(lambda *_, **__: None)",
    "type": "type('é' * 500, (), {})",
    "module": "torch.nn.Linear(2, 2)",
    "two-modules": "(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))",
    "two-odd-states": "(O(), O())",
    "generator": "(i for i in range(3))",
    "expression": "sympy.Symbol('x') ** sympy.Symbol('y')",
    "monster-expression": "sympy.Symbol('a(' * 50)",
    "raises-in-repr": "R()",
}
BEFORE = """
import numpy as np
import sympy
import torch


class O:
    def state_dict(self):
        return {f"{i}.{kind}": [None, {}, "x", torch.zeros(0)][i % 4] for i in range(8)
                for kind in ("weight", "bias")}


class R:
    def __getattribute__(self, name):
        raise BaseException(name)

    def __repr__(self):
        raise SystemExit(3)


"""


def odd_answer(text, odd):
    """Return an answer with the names of the instructor's, each odd, or returning what is odd."""
    lines = [BEFORE]
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            lines.append(f"def {node.name}(*_, **__): return {odd}")
        elif isinstance(node, ast.Assign):
            names = [name for target in node.targets for name in ast.walk(target)]
            lines += [f"{name.id} = {odd}" for name in names if isinstance(name, ast.Name)]
    return "\n".join(lines)


@pytest.mark.parametrize(("assignment", "odd"), pairs(ODD_ANSWERS))
def test_odd_answer_is_a_verdict(judge, assignment, odd):
    """Full marks for nobody, a fault of ours for nobody, and at most a few points by chance."""
    manifest = judge.preparer.manifest(assignment)
    answers = {
        cell_id: odd_answer(text, ODD_ANSWERS[odd])
        for cell_id, text in instructor_answers(manifest).items()
        if manifest.cell(cell_id).cell_type == "code"
    }
    assert answers
    report = judge.grade(assignment, notebook_bytes(submission_notebook(manifest, answers)))
    graded = [cell for cell in report.cells if not cell.manual]
    assert all(check.verdict != "passed" for cell in graded for check in cell.checks), [
        (check.name, check.verdict, check.message) for cell in graded for check in cell.checks
    ]
    assert judge.canaries.found_in(report.to_bytes()) == []
