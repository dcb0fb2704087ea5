"""How the administrator's verbs end when something fails: a sentence and an exit code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import typer

from autograder.cli._console import WRONG_INPUT, say

FAILED = 1
# By name: importing them all would take longer than most of these verbs.
_WRONG = ("CourseError", "SettingsError")
_FAILED = ("HubError", "GradebookError", "LogError", "OSError")


@contextlib.contextmanager
def failure_exit() -> Iterator[None]:
    """End with 2 for what the caller got wrong, with 1 for what failed or was refused."""
    try:
        yield
    except Exception as error:
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & set(_WRONG):
            say(f"error: {error}")
            raise typer.Exit(WRONG_INPUT) from error
        if kinds & set(_FAILED):
            say(f"failed: {error}")
            raise typer.Exit(FAILED) from error
        raise
