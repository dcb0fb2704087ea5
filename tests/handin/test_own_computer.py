"""Handing in from one's own computer: a real hub's token, the command, and what it may not do."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from autograder.people.roles import hand_in_scope

from ..exchange_hub import ADMIN, COURSE, OTHER, RealHub

Gradlab = Callable[..., "subprocess.CompletedProcess[str]"]
NOTEBOOK = {"cells": [], "metadata": {"gradlab": {"assignment": "tiny"}}, "nbformat": 4}


@pytest.fixture
def computer(tmp_path: Path) -> Path:
    """A folder with a downloaded notebook, on a computer that has no course."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "tiny (1).ipynb").write_text(json.dumps(NOTEBOOK | {"id": tmp_path.name}))
    (work / "table.csv").write_text("1,2\n")
    return work


@pytest.fixture
def gradlab(computer: Path) -> Gradlab:
    """The command there."""

    def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "autograder", *arguments],
            cwd=computer,
            env={"PATH": os.environ["PATH"], "HOME": str(computer.parent)},
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def hub_address(hub: RealHub) -> str:
    """Return the address as somebody copies it out of a browser."""
    return hub.url.replace("services/exchange/", "hub/home")


def test_somebody_hands_in_from_their_own_computer(
    real_hub: RealHub, computer: Path, gradlab: Gradlab
) -> None:
    """Connected once, they hand in files under the assignment's name, and have the receipt."""
    token = real_hub.token("dave", [hand_in_scope(COURSE)])
    connected = gradlab("connect", hub_address(real_hub), given=f"{token}\n")
    assert connected.returncode == 0, connected.stderr
    assert f"course {COURSE} as dave" in connected.stdout
    assert token not in connected.stdout + connected.stderr
    kept = computer.parent / ".config" / "gradlab" / "hand-in.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    done = gradlab("submit", "tiny (1).ipynb", "table.csv")
    assert done.returncode == 0, done.stderr
    assert "Receipt " in done.stdout
    (receipt,) = (computer / "receipts").iterdir()
    told = json.loads(receipt.read_text())
    assert {one["path"] for one in told["files"]} == {"tiny.ipynb", "table.csv"}
    stored = [
        one
        for one in real_hub.store().submissions(student="dave")
        if one.timestamp == told["timestamp"]
    ]
    assert len(stored) == 1
    again = gradlab("submit", "tiny (1).ipynb", "table.csv", "--json", "--course", COURSE)
    assert json.loads(again.stdout)["number"] == told["number"]


def test_the_token_does_nothing_else(real_hub: RealHub) -> None:
    """Neither does it read, nor hand in elsewhere, nor do what its owner may, nor open the hub."""
    headers = {"Authorization": f"token {real_hub.token('ines', [hand_in_scope(COURSE)])}"}
    me = requests.get(f"{real_hub.url}api/me", headers=headers, timeout=30).json()
    assert me["courses"] == [
        {"course": COURSE, "member": True, "grader": False, "instructor": False}
    ]
    for method, path in (
        ("GET", "assignments"),
        ("GET", "submissions"),
        ("GET", f"courses/{COURSE}/assignments/tiny"),
        ("DELETE", f"courses/{COURSE}/assignments/tiny"),
        ("GET", f"courses/{COURSE}/feedback/tiny/2026-01-01 00:00:00.000000 UTC"),
    ):
        answer = requests.request(method, f"{real_hub.url}api/{path}", headers=headers, timeout=30)
        assert answer.status_code == 403, path
        assert "nothing else" in answer.json()["message"]
    for course, kind in ((COURSE, "release"), (COURSE, "feedback"), (OTHER, "submission")):
        answer = requests.post(
            f"{real_hub.url}api/courses/{course}/uploads",
            headers=headers,
            json={"kind": kind, "assignment": "tiny", "key": "k", "files": []},
            timeout=30,
        )
        assert answer.status_code in (400, 403), (course, kind)
    for path in ("users", "users/ines/tokens", "users/alice", "groups"):
        answer = requests.get(f"{real_hub.api}/{path}", headers=headers, timeout=30)
        assert answer.status_code in (403, 404), path
    own = requests.get(f"{real_hub.api}/user", headers=headers, timeout=30).json()
    assert not {"servers", "auth_state", "roles"} & set(own)  # who one is, and no more


def test_nobody_gets_a_token_for_a_course_that_they_are_not_in(real_hub: RealHub) -> None:
    """The hub refuses; and a token for two courses is told to be made anew."""
    headers = {"Authorization": f"token {ADMIN}"}
    requests.post(f"{real_hub.api}/users/dave", headers=headers, timeout=30)
    answer = requests.post(
        f"{real_hub.api}/users/dave/tokens",
        headers=headers,
        json={"scopes": [hand_in_scope(OTHER)]},
        timeout=30,
    )
    assert answer.status_code == 400


def test_a_token_that_is_taken_back_ends_the_connection(
    real_hub: RealHub, computer: Path, gradlab: Gradlab
) -> None:
    """What its owner revokes on the hub's page is unknown, and the command says so."""
    token = real_hub.token("dave", [hand_in_scope(COURSE)])
    headers = {"Authorization": f"token {ADMIN}"}
    assert gradlab("connect", hub_address(real_hub), given=token).returncode == 0
    listed = requests.get(f"{real_hub.api}/users/dave/tokens", headers=headers, timeout=30).json()
    stored = [path.read_bytes() for path in real_hub.folder.glob("hub.sqlite*")]
    assert stored
    assert not any(token.encode() in data for data in stored)  # its hash alone
    for one in listed["api_tokens"]:
        if hand_in_scope(COURSE) in one["scopes"]:
            assert one["expires_at"] is not None  # nobody said when
            address = f"{real_hub.api}/users/dave/tokens/{one['id']}"
            assert requests.delete(address, headers=headers, timeout=30).status_code == 204
    real_hub.service()[1].kill()  # the next process knows nothing of what was asked before
    real_hub.wait_up()
    refused = gradlab("submit", "tiny (1).ipynb")
    assert refused.returncode == 2
    assert "does not know this token" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["submit", "tiny (1).ipynb"], "", "gradlab connect"),
        (["submit", "table.csv"], "", "gradlab connect"),
        (["connect", "nowhere"], "x\n", "no address"),
        (["connect", "https://127.0.0.1:1/"], "two words\n", "no token"),
        (["connect", "https://127.0.0.1:1/"], "", "no token"),
    ],
)
def test_what_is_missing_is_said(
    gradlab: Gradlab, arguments: list[str], given: str, said: str
) -> None:
    """Each way to be wrong is a sentence with what to do, and no traceback."""
    done = gradlab(*arguments, given=given)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_files_that_are_no_notebook_are_named(computer: Path, gradlab: Gradlab) -> None:
    """No notebook, two, a broken one, one that is not there, one that does not say what it is."""
    kept = computer.parent / ".config" / "gradlab" / "hand-in.json"
    kept.parent.mkdir(parents=True)
    one = {"url": "http://127.0.0.1:1/", "course": "c", "student": "dave", "token": "t"}
    kept.write_text(json.dumps({"courses": [one]}))
    (computer / "broken.ipynb").write_text("[")
    (computer / "plain.ipynb").write_text(json.dumps({"cells": [], "metadata": {}}))
    for files, said in (
        (["table.csv"], "0 notebooks"),
        (["tiny (1).ipynb", "plain.ipynb"], "2 notebooks"),
        (["broken.ipynb"], "no notebook"),
        (["absent.ipynb"], "No such file"),
        (["plain.ipynb"], "--assignment"),
    ):
        done = gradlab("submit", *files)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "say which" not in gradlab("submit", "plain.ipynb", "--course", "other").stderr
    kept.write_text("{")
    assert "connect again" in gradlab("submit", "tiny (1).ipynb").stderr
