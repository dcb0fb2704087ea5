"""The table of who tries what again is what the code does."""

from __future__ import annotations

import re

from autograder.grading import grader, retries
from autograder.service import client, pool, queue


def test_the_table_names_every_number_and_no_other() -> None:
    """A constant that the table does not name, or that nobody uses, would be a false sentence."""
    assert retries.__doc__ is not None
    named = set(re.findall(r"`([A-Z_]{5,})`", retries.__doc__))
    defined = {name for name in vars(retries) if name.isupper()}
    assert named == defined | {"RECONNECTIONS"}
    assert client.RECONNECTIONS > 0
    assert grader.KILLED_RUNS == retries.KILLED_RUNS
    assert pool.ATTEMPTS == retries.ATTEMPTS
    assert queue.SERVICE_DEATHS == retries.SERVICE_DEATHS
