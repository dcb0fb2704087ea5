"""`load_cases`: answers with their expected verdicts, and what is wrong about them."""

from __future__ import annotations

import pytest

from autograder.course import Expectation, SourceError, load_cases, load_manifest, proof_gaps


def cases_of(workshop):
    return load_cases(load_manifest(workshop.layout, "doubling"))


def test_what_is_not_expected_is_full_marks(workshop):
    """A graded cell that `expect.toml` does not name must get all its points."""
    multiply, square = cases_of(workshop)
    assert (multiply.name, multiply.kind, multiply.expected["doubling"].points) == (
        "multiply",
        "right",
        2,
    )
    assert square.expected["doubling"].points == 1
    assert square.expected["doubling"].checks == {"test_two": "passed", "test_three": "failed"}


def test_what_is_not_answered_is_the_instructors(workshop):
    """A case's notebook has its own answers, the instructor's for the rest, and no markers."""
    manifest = load_manifest(workshop.layout, "doubling")
    cells = {cell["id"]: cell for cell in load_cases(manifest)[0].notebook(manifest)["cells"]}
    assert cells["double"]["source"] == "def double(x):\n    return 2 * x"
    assert cells["why"]["source"] == "Because two times two is four, whoever counts."


ANSWER_REFUSALS = {
    "unknown": ('"double"', '"triple"', 1, "is no answer cell"),
    "graded": ('"double"', '"doubling"', 1, "is no answer cell"),
    "no id": ('# %% grade_id="double"', "# %%", 1, "marker has []"),
    "more": ('"double"', '"double" x=1', 1, "marker has ['grade_id', 'x']"),
    "type": (
        '%% grade_id="double"\ndef double(x):\n    return 2 * x',
        '%% [markdown] grade_id="double"\n# Text',
        1,
        "is markdown here, code in the notebook",
    ),
    "twice": ("    return 2", '    return 2\n# %% grade_id="double"\n2', 4, "answered twice"),
}


@pytest.mark.parametrize("case", ANSWER_REFUSALS)
def test_a_wrong_answer_file_is_refused_at_its_line(workshop, case):
    """Each broken rule for answers is refused with file, line and reason."""
    old, new, line, message = ANSWER_REFUSALS[case]
    path = workshop.change("submissions/multiply/answers.py", old, new)
    with pytest.raises(SourceError) as refused:
        cases_of(workshop)
    found = [p for p in refused.value.problems if message in p.message]
    assert [(p.file, p.line) for p in found] == [(path, line)], str(refused.value)


EXPECT_REFUSALS = {
    "kind": ('"wrong"', '"bad"', 2, "kind is 'bad'"),
    "right that loses": ('"wrong"', '"right"', 2, "expected to lose"),
    "summary": ('"Squares instead of doubling."', '""', 1, "summary is ''"),
    "unknown key": ("kind =", "sort = 1\nkind =", 2, "unknown key 'sort'"),
    "unknown cell": ("[cells.doubling]", "[cells.double]", 4, "unknown graded cell 'double'"),
    "too many points": ("points = 1", "points = 3", 4, "number from 0 to 2"),
    "negative points": ("points = 1", "points = -1", 4, "number from 0 to 2"),
    "unknown check": ("test_three =", "test_four =", 4, "unknown check 'test_four'"),
    "unknown verdict": ('"failed"', '"wrong-ish"', 4, "verdict 'wrong-ish'"),
    "cell key": ("points = 1", "points = 1\nscore = 1", 4, "unknown key 'score'"),
}


@pytest.mark.parametrize("case", EXPECT_REFUSALS)
def test_a_wrong_expectation_is_refused_at_its_line(workshop, case):
    """Each broken rule for expectations is refused with file, line and reason."""
    old, new, line, message = EXPECT_REFUSALS[case]
    path = workshop.change("submissions/square/expect.toml", old, new)
    with pytest.raises(SourceError) as refused:
        cases_of(workshop)
    found = [p for p in refused.value.problems if message in p.message]
    assert [(p.file, p.line) for p in found] == [(path, line)], str(refused.value)


def test_a_wrong_case_must_lose_something(workshop):
    """A case that is said to be wrong and expected to get full marks proves nothing."""
    workshop.write("submissions/square/expect.toml", 'summary = "Squares."\nkind = "wrong"\n')
    with pytest.raises(SourceError, match="every graded cell is expected to get full marks"):
        cases_of(workshop)


def test_a_case_needs_both_files(workshop):
    """A forgotten file is named, where the folder's name does not say it."""
    (workshop.folder / "submissions/square/expect.toml").unlink()
    with pytest.raises(SourceError, match=r"square: no expect\.toml"):
        cases_of(workshop)


def test_too_few_cases_are_a_gap(workshop):
    """Two right and three wrong cases are needed for each graded cell; what is missing is said."""
    manifest = load_manifest(workshop.layout, "doubling")
    messages = [gap.message for gap in proof_gaps(manifest, load_cases(manifest))]
    assert messages == [
        "graded cell 'doubling' has 1 right cases; needs 2",
        "graded cell 'doubling' has 1 wrong cases; needs 3",
    ]
    for number in range(2):
        for kind in ("multiply", "square"):
            for name in ("answers.py", "expect.toml"):
                text = (workshop.folder / "submissions" / kind / name).read_text()
                workshop.write(f"submissions/{kind}{number}/{name}", text)
    assert proof_gaps(manifest, load_cases(manifest)) == []


def test_a_folder_s_name_says_what_the_case_is(workshop):
    """`right_…` and `wrong_…` need no `expect.toml`: full marks, and fewer in its exercise."""
    for case, name in (("multiply", "right_by_a_product"), ("square", "wrong-squares")):
        (workshop.folder / "submissions" / case / "expect.toml").unlink()
        (workshop.folder / "submissions" / case).rename(workshop.folder / "submissions" / name)
    right, wrong = cases_of(workshop)
    assert (right.kind, right.summary) == ("right", "by a product")
    assert right.expected["doubling"] == Expectation(2)
    assert (wrong.kind, wrong.summary) == ("wrong", "squares")
    assert wrong.expected["doubling"] == Expectation(2, fewer=True)
    gaps = proof_gaps(load_manifest(workshop.layout, "doubling"), [right, wrong])
    assert [gap.message.split("has ")[1] for gap in gaps] == [
        "1 right cases; needs 2",
        "1 wrong cases; needs 3",
    ]


def test_what_a_name_says_can_be_said_closer(workshop):
    """An `expect.toml` beside such a name needs neither kind nor summary."""
    folder = workshop.folder / "submissions/square"
    (folder / "expect.toml").write_text("[cells.doubling]\npoints = 1\n")
    folder.rename(folder.with_name("wrong_squares"))
    _, wrong = cases_of(workshop)
    assert (wrong.kind, wrong.summary) == ("wrong", "squares")
    assert wrong.expected["doubling"] == Expectation(1)
