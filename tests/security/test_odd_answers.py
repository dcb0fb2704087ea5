"""Odd answers to every check of every real exercise: a verdict each, never a fault of ours.

An exception in a check is a fault: the student would get no grade, and the batch would try again
three times. So whatever a submission can return must become a verdict.
"""

import re

import pytest

from autograder.course import notebook_bytes, submission_notebook

from .conftest import pairs

# what every name that a check asks for gives instead; `torch`, `np` and `sympy` are imported
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
LAST_CELL = """
import numpy as np
import sympy
import torch


class O:
    def state_dict(self):
        return {{f"{{i}}.{{kind}}": [None, {{}}, "x", torch.zeros(0)][i % 4] for i in range(8)
                for kind in ("weight", "bias")}}


class R:
    def __getattribute__(self, name):
        raise BaseException(name)

    def __repr__(self):
        raise SystemExit(3)


for _name in {names}:
    if callable(globals().get(_name)):
        exec(f"def {{_name}}(*_, **__): return {odd}")
    else:
        globals()[_name] = {odd}
"""
ASKED = re.compile(r'student\.(\w+)\(|student\["(\w+)"\]|student\.gradients\(\s*"(\w+)"')


def asked_names(manifest):
    """The names of the student's namespace that the checks of an assignment ask for."""
    texts = "".join(path.read_text() for path in manifest.checks.values())
    return sorted({name for match in ASKED.findall(texts) for name in match if name})


@pytest.mark.parametrize(("assignment", "odd"), pairs(ODD_ANSWERS))
def test_odd_answer_is_a_verdict(judge, assignment, odd):
    """Full marks for nobody, a fault of ours for nobody, and at most a few points by chance."""
    manifest = judge.preparer.manifest(assignment)
    names = asked_names(manifest)
    assert names
    made = submission_notebook(manifest, {})
    source = LAST_CELL.format(names=names, odd=ODD_ANSWERS[odd])
    cell = {"cell_type": "code", "id": "odd", "metadata": {}, "source": source}
    made["cells"].append({**cell, "outputs": [], "execution_count": None})
    report = judge.grade(assignment, notebook_bytes(made))
    graded = [cell for cell in report.cells if not cell.manual]
    assert all(check.verdict != "passed" for cell in graded for check in cell.checks), [
        (check.name, check.verdict, check.message) for cell in graded for check in cell.checks
    ]
    assert judge.canaries.found_in(report.to_bytes()) == []
