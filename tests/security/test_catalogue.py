"""The catalogue is covered, documented, and cannot be used as an oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import notebook_bytes, submission_notebook

ROOT = Path(__file__).parents[2]
ENTRIES = range(1, 48)


def test_every_entry_has_an_attack(judge, catalogue):
    """Each entry of the catalogue is tried by at least one attack or special test."""
    tried = {number for attack in judge.attacks for number in attack.entries}
    tried |= {number for special in catalogue.SPECIAL for number in special.entries}
    assert set(ENTRIES) <= tried


def test_documentation_has_the_table(catalogue):
    """`docs/reference/attacks.md` has the table made from the attack files."""
    page = (ROOT / "docs" / "reference" / "attacks.md").read_text()
    assert catalogue.table() in page, "run: python benchmarks/attacks.py --table"


def test_documentation_compares_every_attack_that_can_be_run(judge):
    """The table beside stock nbgrader has a row for each attack that says no reason against it."""
    page = (ROOT / "docs" / "reference" / "attacks.md").read_text()
    compared = page.split("<!-- benchmark: begin -->")[1].split("<!-- benchmark: end -->")[0]
    for attack in judge.attacks:
        assert (f"| `{attack.name}` |" in compared) == (attack.stock == "run"), attack.name


def test_special_tests_exist(catalogue):
    """What the table names as a test is one."""
    for special in catalogue.SPECIAL:
        file, _, name = special.test.partition("::")
        text = (Path(__file__).parent / file).read_text()
        assert f"def {name}(" in text, special.test


@pytest.mark.parametrize(
    ("assignment", "answers", "secrets"),
    [
        ("sequences", {"choice_answer": "joining_line = 'a'"}, ["'d'", '"d"', "(d)", " d "]),
        ("sequences", {"choice_answer": "joining_line = 'none'"}, ["right is", "expected"]),
        ("convolution", {"output_side": "output_side = 17"}, ["3"]),
        ("gated", {"trace_answer": "gate_table = [(3, 0)] + [(1, 1)] * 4"}, ["7"]),
        (
            "backpropagation",
            {
                "graph_tables": "node_values = dict(e=1, f=1, g=1)\n"
                "node_derivatives = dict.fromkeys('abcdefg', 9)"
            },
            ["20", "26"],
        ),
        ("backpropagation", {"dz_dx": "dz_dx = 'x'"}, ["2*(x", "2*x", "2x", "2 * "]),
    ],
)
def test_messages_are_no_oracle(judge, assignment, answers, secrets):
    """A wrong answer is told that and where it is wrong, never the right one (staff read that)."""
    manifest = judge.preparer.manifest(assignment)
    report = judge.grade(assignment, notebook_bytes(submission_notebook(manifest, answers)))
    said = [check.message for cell in report.cells for check in cell.checks if check.message]
    assert said
    open_still = ("not answered", "is not defined", "is not filled in")
    answered = [m for m in said if not any(words in m for words in open_still)]
    assert answered
    for message in answered:
        assert not [secret for secret in secrets if secret in message], message


def test_seed_changes_with_the_submission_and_is_not_told(judge):
    """Another comment, another seed: what one submission learnt about inputs helps no other."""
    manifest = judge.preparer.manifest("recurrent")
    shown = "import torch\nprint('SEED', torch.initial_seed())"
    seeds = set()
    for comment in ("# one", "# two"):
        answers = {"clip_answer": f"{shown}\n{comment}"}
        report = judge.grade("recurrent", notebook_bytes(submission_notebook(manifest, answers)))
        told = [
            int(output["text"].split()[1])
            for cell in report.notebook
            for output in cell.outputs
            if "SEED" in output.get("text", "")
        ]
        assert len(told) == 1
        assert told[0] not in (report.seed, report.seed & 0xFFFFFFFF, report.seed & 0x7FFFFFFF)
        seeds.add(report.seed)
    assert len(seeds) == 2
