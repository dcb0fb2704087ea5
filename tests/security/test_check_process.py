"""Attacks on our own side of the boundary: answers made to break the process that checks them."""

from __future__ import annotations

import re

import pytest

import autograder.grading.grader
from autograder.checking.running.overrun import CheckLimits
from autograder.course import notebook_bytes, submission_notebook

from .conftest import pairs

TIGHT = CheckLimits(memory_bytes=400_000_000, check_seconds=10, cpu_seconds=60, wall_seconds=120)
BOMBS = {
    "bytes": "torch.ones(60_000_000, dtype=torch.uint8)",
    "column": "torch.ones(7_000_000, 1, dtype=torch.float64)",
    "numpy": "np.ones((2_000, 3_500))",
    "list": "[1.5] * 190_000",
    "long-text": "'x' * 60_000_000",
    "brackets": "'(' * 900 + 'x' + ')' * 900",
    "tower": "'9^' * 150 + '9'",
    "tall-sum": "'+'.join(['exp(exp(sin(x)^2)^2)'] * 45)",
    "integers": "[10**4000] * 1_000",
    "keys": "{(i, 0.5): i for i in range(900)}",
    "rows": "[[10**4000] * 50] * 20",
}
CELL = """
import numpy as np
import torch

for _name in {names}:
    if callable(globals().get(_name)):
        exec(f"def {{_name}}(*_, **__): return {bomb}")
    else:
        globals()[_name] = {bomb}
"""
ASKED = re.compile(r'student\.(\w+)\(|student\["(\w+)"\]|student\.gradients\(\s*"(\w+)"')


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "bomb"), pairs(BOMBS))
def test_answer_made_to_break_the_check_process_is_a_verdict(judge, monkeypatch, assignment, bomb):
    """Never a fault of ours, never a point, and the neighbour's report is the usual one."""
    monkeypatch.setattr(autograder.grading.grader, "CHECK_LIMITS", TIGHT)
    manifest = judge.preparer.manifest(assignment)
    texts = "".join(path.read_text() for path in manifest.checks.values())
    names = sorted({name for match in ASKED.findall(texts) for name in match if name})
    made = submission_notebook(manifest, {})
    cell = {"cell_type": "code", "id": "bomb", "metadata": {}, "outputs": []}
    source = CELL.format(names=names, bomb=BOMBS[bomb])
    made["cells"].append({**cell, "source": source, "execution_count": None})
    report = judge.grade(assignment, notebook_bytes(made))
    graded = [cell for cell in report.cells if not cell.manual]
    verdicts = {str(check.verdict) for cell in graded for check in cell.checks}
    assert verdicts <= {"failed", "error", "limit"}
    judge.neighbour("recurrent")


def test_what_a_submission_can_see_of_itself_repeats(judge):
    """Process numbers, addresses, hashes, names and limits are no source of luck."""
    source = (
        "import os, sys, threading, platform, resource, tempfile\n"
        "print(os.getpid(), os.getppid(), os.getsid(0), threading.get_native_id(), id(None))\n"
        "print(hash('x'), [hex(id(object)), hex(id(sys.modules))], platform.node(), os.getcwd())\n"
        "print(sorted(os.listdir('/proc')), os.getuid(), sorted(os.environ.items()))\n"
        "print([resource.getrlimit(n) for n in range(16) if n != 4], os.cpu_count() > 0)\n"
        "print(open('/proc/self/maps').read()[:2000])\n"
    )
    manifest = judge.preparer.manifest("recurrent")
    made = submission_notebook(manifest, {})
    cell = {"cell_type": "code", "id": "look", "metadata": {}, "outputs": []}
    made["cells"].insert(0, {**cell, "source": source, "execution_count": None})
    first = judge.grade("recurrent", notebook_bytes(made))
    assert {output["output_type"] for output in first.notebook[0].outputs} == {"stream"}
    judge.neighbour("recurrent")
    again = judge.grade("recurrent", notebook_bytes(made))
    assert again.notebook[0].outputs == first.notebook[0].outputs
    assert again.to_bytes() == first.to_bytes()


def test_many_cells_cannot_fill_the_report(judge):
    """A notebook of many talkative cells gives a report of a few megabytes."""
    manifest = judge.preparer.manifest("recurrent")
    made = submission_notebook(manifest, {})
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    for number in range(300):
        made["cells"].append(
            {**cell, "id": f"x{number}", "source": f"print('x' * 199_000, {number})"}
        )
    report = judge.grade("recurrent", notebook_bytes(made))
    assert len(report.to_bytes()) < 12_000_000
