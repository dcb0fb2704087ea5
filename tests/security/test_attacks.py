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
    text = report.to_bytes().decode()
    missing = [said for said in attack.says if said not in text]
    assert not missing, [cell.outputs for cell in report.notebook if cell.outputs]
    judge.neighbour("recurrent")
    judge.nothing_is_left()
