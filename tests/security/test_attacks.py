"""Every attack of the catalogue, as a submission of a real exercise."""

import os

from autograder.course import notebook_bytes


def test_attack_gains_nothing(attack, judge, secret_places):
    """No forged point, no leaked secret, no harmed neighbour, nothing left behind."""
    manifest = judge.preparer.manifest(attack.assignment)
    given = {"PLACES": secret_places, "GRADER": str(os.getpid())}
    notebook = notebook_bytes(attack.notebook(manifest, given))
    report = judge.grade(attack.assignment, notebook, **attack.limits)
    assert not report.refusal
    judge.holds(report, dict(attack.points))
    said = "\n".join(texts_of(report))
    missing = [sign for sign in attack.says if sign not in said]
    assert not missing, [cell.outputs for cell in report.notebook if cell.outputs]
    judge.neighbour("recurrent")
    judge.nothing_is_left()


def texts_of(report):
    """All outputs and messages, without tracebacks: those show the attack's own text."""
    for output in (output for cell in report.notebook for output in cell.outputs):
        yield from (output.get("text", ""), output.get("evalue", ""))
        yield from output.get("data", {}).values()
    yield from (check.message for cell in report.cells for check in cell.checks)
    yield from report.limits_hit
