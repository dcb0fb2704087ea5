"""The class that `gradlab demo` plays."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import Layout, load_manifest
from autograder.demo.play import Kind, hand_in, make_class


@given(size=st.integers(1, 150), seed=st.integers(0, 5))
@settings(max_examples=30)
def test_class_repeats_and_has_no_twins(size: int, seed: int) -> None:
    """The same seed gives the same class; ids are unique and sort as they are numbered."""
    people = make_class(size, seed)
    assert people == make_class(size, seed)
    names = [student.student_id for student in people]
    assert len(set(names)) == size
    assert names == sorted(names)


def test_a_class_of_thirty_hands_in_every_kind(layout: Layout) -> None:
    """Work, untouched, crashing, attacking, damaged and nothing all occur; some come late."""
    manifest = load_manifest(layout, "tiny")
    works = list(hand_in(manifest, make_class(30, 1), 1))
    assert {work.kind for work in works} == set(Kind)
    assert any(work.hours_late > 0 for work in works)
    assert any(work.hours_late < 0 for work in works)


def test_handing_in_repeats(layout: Layout) -> None:
    """The same seed gives the same bytes, another seed others."""
    manifest = load_manifest(layout, "tiny")
    people = make_class(30, 1)
    assert list(hand_in(manifest, people, 1)) == list(hand_in(manifest, people, 1))
    assert list(hand_in(manifest, people, 1)) != list(hand_in(manifest, people, 2))


def test_answers_are_right_and_wrong(layout: Layout) -> None:
    """Among those who worked, some have the instructor's answer and some a wrong case's."""
    manifest = load_manifest(layout, "tiny")
    texts = [
        "".join(json.loads(work.data)["cells"][1]["source"])
        for work in hand_in(manifest, make_class(60, 1), 1)
        if work.kind is Kind.WORK and work.data is not None
    ]
    assert any("2 * x" in text for text in texts)
    assert any("3 * x" in text for text in texts)
