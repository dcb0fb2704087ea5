"""What is said before something is handed in: from the folder, and from the exchange's words."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gradlab_exchange.ahead import of_exchange, of_folder

from ..serving import ROOT

RELEASED = ROOT / "assignments" / "recurrent" / "recurrent.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder as it was fetched, with one answer."""
    made = tmp_path / "recurrent"
    made.mkdir()
    text = RELEASED.read_text(encoding="utf-8")
    (made / "recurrent.ipynb").write_text(text.replace("# YOUR CODE HERE", "pass", 1))
    return made


def test_an_answered_notebook_of_the_right_name_is_no_reason_to_ask(folder: Path) -> None:
    """Nor are other notebooks beside it, or Jupyter's own copies."""
    (folder / "scratch.ipynb").write_text("{")
    (folder / ".ipynb_checkpoints").mkdir()
    shutil.copy(RELEASED, folder / ".ipynb_checkpoints" / "recurrent-checkpoint.ipynb")
    assert of_folder(folder) == []


def test_what_is_not_answered_is_said(folder: Path) -> None:
    """Of the notebook as it was released."""
    shutil.copy(RELEASED, folder / "recurrent.ipynb")
    assert of_folder(folder) == ["No question is answered yet."]


def test_another_name_is_said_with_what_becomes_of_it(folder: Path) -> None:
    """One notebook is graded, several are refused, and so is none."""
    (folder / "recurrent.ipynb").rename(folder / "my answers.ipynb")
    (said,) = of_folder(folder)
    assert said == (
        "There is no recurrent.ipynb in the folder. The only notebook, my answers.ipynb, would be "
        "graded in its place."
    )
    (folder / "b.ipynb").write_text("{")
    (said,) = of_folder(folder)
    assert said.endswith("There are 2 others, so it would be refused: rename the right one.")
    for path in folder.iterdir():
        path.unlink()
    (said,) = of_folder(folder)
    assert said.endswith("Nor is there any other notebook: it would be refused.")


def test_the_exchange_s_facts_become_sentences() -> None:
    """Late, unchanged, earlier content, no attempt left; nothing when all is well."""
    usual = {"due": "2026-11-21T16:47:03+00:00", "late": False, "attempt": 3, "same_as": 0,
             "is_last": False, "attempts": 2, "over": False, "zone": "Europe/Zurich"}  # fmt: skip
    assert of_exchange(usual) == []
    assert of_exchange({}) == []
    assert of_exchange(usual | {"late": True, "same_as": 1}) == [
        "The deadline was 21 November, 17:47 CET: it would be late.",
        "It is what attempt 1 was: it would get that verdict.",
    ]
    # the exchange gives the receipt of what it has: nothing becomes late by handing that in again
    unchanged = ["Nothing has changed since attempt 2, which is stored with its receipt."]
    assert of_exchange(usual | {"late": True, "same_as": 2, "is_last": True}) == unchanged
    (said,) = of_exchange(usual | {"same_as": 1})
    assert said == "It is what attempt 1 was: it would get that verdict."
    (said,) = of_exchange(usual | {"over": True})
    assert said == "All 2 attempts are used: it would be kept, and graded at the deadline."


@pytest.mark.parametrize(
    "damaged",
    [
        {"late": True}, {"late": True, "due": 3}, {"late": True, "due": "today"},
        {"same_as": "x"}, {"same_as": []}, {"over": True, "attempts": "many"},
        {"late": True, "due": "0001-01-01T00:00:00+00:00", "zone": "America/New_York"},
    ],
)  # fmt: skip
def test_other_words_are_no_error(damaged: dict[str, Any]) -> None:
    """Whatever an exchange of another version says, one can hand in."""
    assert of_exchange(damaged) == []
    of_exchange({"zone": "/etc/passwd"} | damaged)
