"""nbgrader's plug-ins over the network, as its lab extension, commands and formgrader use them."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeError, ExchangeFactory
from nbgrader.server_extensions.assignment_list.handlers import AssignmentList
from traitlets.config import Config

from autograder.course import Layout
from autograder.sessions.folders import HubFolders
from autograder.sessions.isolation import obstacle_to_isolation
from gradlab_exchange import Receipt
from gradlab_exchange.configuration import use_network
from gradlab_exchange.staff import Collect

from ..exchange_hub import COURSE, RealHub

PAGE = b"<html>4 of 5 points</html>"


class Desk:
    """A person's home and the lab extension's view of it."""

    def __init__(
        self, hub: RealHub, home: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.hub, self.home, self.name, self._monkeypatch = hub, home, name, monkeypatch
        folders = HubFolders(Layout(home.parent / "course", home.parent / "data"))
        folders.make()
        home.mkdir(exist_ok=True)
        self.variables = {
            "HOME": str(home), "JUPYTERHUB_USER": name, "JUPYTERHUB_API_TOKEN": hub.token(name),
            "GRADLAB_EXCHANGE_URL": hub.url, "JUPYTER_CONFIG_PATH": str(folders.config("student")),
            "JUPYTER_DATA_DIR": str(home / ".local/share/jupyter"),
        }  # fmt: skip

    @property
    def extension(self) -> Any:
        """Return the lab extension's own code, run as this person's server runs it."""
        for variable, value in self.variables.items():
            self._monkeypatch.setenv(variable, value)
        self._monkeypatch.chdir(self.home)
        extension = AssignmentList()
        extension.root_dir = str(self.home)
        return extension

    def listed(self) -> list[dict[str, Any]]:
        answer = self.extension.list_assignments(course_id=COURSE)
        assert answer["success"], answer["value"]
        return list(answer["value"])

    def plug_in(self, name: str, assignment: str = "tiny", **settings: Any) -> Any:
        """Return a plug-in with a configuration of its own."""
        self.extension  # noqa: B018 (sets the environment)
        config = Config()
        use_network(config)
        config.CourseDirectory.root = str(self.home)
        config.CourseDirectory.course_id = COURSE
        config.CourseDirectory.assignment_id = assignment
        config.CourseDirectory.db_url = f"sqlite:///{self.home}/gradebook.db"
        factory = ExchangeFactory(config=config)
        made = getattr(factory, name)(coursedir=CourseDirectory(config=config), config=config)
        for trait, value in settings.items():
            setattr(made, trait, value)
        return made


@pytest.fixture
def desks(real_hub: RealHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what gives a person their desk; student numbers are used once."""

    def desk(name: str) -> Desk:
        return Desk(real_hub, tmp_path / name, name, monkeypatch)

    return desk


def test_an_assignment_goes_all_the_way_round(desks: Any, real_hub: RealHub) -> None:
    """Fetch, submit, receipt, list, collect, release feedback, fetch it: nbgrader's own fields."""
    student, ines = desks("desk1"), desks("ines")
    assert [one["status"] for one in student.listed()] == ["released"]
    assert student.extension.fetch_assignment(COURSE, "tiny")["success"]
    assert (student.home / "tiny" / "data" / "points.csv").read_text() == "1,2\n"
    (student.home / "tiny" / "tiny.ipynb").write_bytes(b'{"cells": ["mine"]}')
    assert student.extension.submit_assignment(COURSE, "tiny")["success"]

    fetched, submitted = student.listed()
    assert (fetched["status"], fetched["path"]) == ("fetched", "tiny")
    assert fetched["notebooks"] == [{"notebook_id": "tiny", "path": "tiny/tiny.ipynb"}]
    (submission,) = submitted["submissions"]
    assert submission["has_exchange_feedback"] is False
    (receipt_file,) = (student.home / "receipts").iterdir()
    receipt = Receipt.from_json(json.loads(receipt_file.read_text()))
    assert receipt.timestamp == submission["timestamp"]
    stored = real_hub.store().submissions("desk1")[0].folder / "tiny.ipynb"
    digest = hashlib.sha256(stored.read_bytes()).hexdigest()
    assert digest == next(file.sha256 for file in receipt.files if file.path == "tiny.ipynb")

    ines.plug_in("Collect").start()
    collected = ines.home / "submitted" / "desk1" / "tiny"
    assert (collected / "tiny.ipynb").read_bytes() == b'{"cells": ["mine"]}'
    assert (collected / "timestamp.txt").read_text() == receipt.timestamp
    feedback = ines.home / "feedback" / "desk1" / "tiny"
    feedback.mkdir(parents=True)
    (feedback / "tiny.html").write_bytes(PAGE)
    for mark in ("timestamp.txt", "submission_secret.txt"):
        (feedback / mark).write_bytes((collected / mark).read_bytes())
    ines.plug_in("ReleaseFeedback").start()

    (submission,) = student.listed()[1]["submissions"]
    assert (submission["has_exchange_feedback"], submission["has_local_feedback"]) == (True, False)
    assert student.extension.fetch_feedback(COURSE, "tiny")["success"]
    (submission,) = student.listed()[1]["submissions"]
    assert submission["local_feedback_path"] == f"tiny/feedback/{receipt.timestamp}"
    page = student.home / submission["local_feedback_path"] / "tiny.html"
    assert page.read_bytes() == PAGE
    assert submission["feedback_updated"] is False

    (feedback / "tiny.html").write_bytes(PAGE + b" now 5")
    ines.plug_in("ReleaseFeedback").start()
    (submission,) = student.listed()[1]["submissions"]
    assert submission["feedback_updated"] is True


def test_a_lost_home_loses_no_submission(desks: Any) -> None:
    """A person whose home is empty sees what they handed in, because the server knows."""
    student = desks("desk2")
    assert student.extension.fetch_assignment(COURSE, "tiny")["success"]
    assert student.extension.submit_assignment(COURSE, "tiny")["success"]
    (before,) = student.listed()[1]["submissions"]
    subprocess.run(["rm", "-rf", str(student.home)], check=True)
    student.home.mkdir()
    (after,) = student.listed()[1]["submissions"]
    assert after["timestamp"] == before["timestamp"]


def test_what_is_there_is_not_fetched_over(desks: Any) -> None:
    """Fetching refuses a folder that is there, and fills in only what is missing when told to."""
    student = desks("desk3")
    student.plug_in("FetchAssignment").start()
    notebook = student.home / "tiny" / "tiny.ipynb"
    notebook.write_text("my work")
    with pytest.raises(ExchangeError, match="already have a copy"):
        student.plug_in("FetchAssignment").start()
    (student.home / "tiny" / "data" / "points.csv").unlink()
    student.plug_in("FetchAssignment", replace_missing_files=True).start()
    assert notebook.read_text() == "my work"
    assert (student.home / "tiny" / "data" / "points.csv").exists()
    assert [path.name for path in student.home.iterdir() if path.name.startswith(".t")] == []


def test_submitting_says_what_is_missing(desks: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Without its notebook a folder is refused if strict, and warned about otherwise."""
    student = desks("desk4")
    student.plug_in("FetchAssignment").start()
    (student.home / "tiny" / "tiny.ipynb").rename(student.home / "tiny" / "renamed.ipynb")
    with pytest.raises(ExchangeError, match="missing notebooks: tiny; extra notebooks: renamed"):
        student.plug_in("Submit", strict=True).start()
    with pytest.raises(ExchangeError, match="not found"):
        student.plug_in("Submit", assignment="nothing").start()


def test_a_ta_collects_and_is_refused_release(desks: Any) -> None:
    """The plug-ins pass the exchange's refusal on; nothing is released."""
    tom = desks("tom")
    tom.plug_in("Collect").start()
    release = tom.home / "release" / "tiny"
    release.mkdir(parents=True)
    (release / "tiny.ipynb").write_text("changed")
    with pytest.raises(ExchangeError, match="may not release anything"):
        tom.plug_in("ReleaseAssignment", force=True).start()
    with pytest.raises(ExchangeError, match="may not release anything"):
        tom.plug_in("List", remove=True).start()


def test_an_instructor_releases_and_takes_back(desks: Any, real_hub: RealHub) -> None:
    """A new assignment is in the students' list, and gone when it is taken back."""
    ines, student = desks("ines"), desks("desk5")
    (ines.home / "release" / "second").mkdir(parents=True)
    (ines.home / "release" / "second" / "second.ipynb").write_text("{}")
    ines.plug_in("ReleaseAssignment", "second").start()
    with pytest.raises(ExchangeError, match="--force"):
        ines.plug_in("ReleaseAssignment", "second").start()
    ines.plug_in("ReleaseAssignment", "second", force=True).start()
    assert {one["assignment_id"] for one in student.listed()} == {"second", "tiny"}
    ines.plug_in("List", "second", remove=True).start()
    assert {one["assignment_id"] for one in student.listed()} == {"tiny"}


def test_collecting_takes_the_newest_or_the_newest_in_time(desks: Any) -> None:
    """As nbgrader's own: before_duedate prefers what was in time; update replaces what is older."""
    records = [
        {"timestamp": name, "moment": moment} for name, moment in (("a", 1), ("b", 2), ("c", 3))
    ]
    chosen = sys.modules[Collect.__module__]._chosen  # type: ignore[attr-defined]
    assert chosen(records, None)["timestamp"] == "c"
    assert chosen(records, 2)["timestamp"] == "b"
    assert chosen(records, 0)["timestamp"] == "c"
    records[0]["counts"] = True
    assert chosen(records, None)["timestamp"] == "a"
    assert chosen(records, 2)["timestamp"] == "b"


def test_an_exchange_that_is_down_is_an_error_with_words(
    desks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is told that nothing is lost, not shown a trace."""
    student = desks("desk6")
    student.variables["GRADLAB_EXCHANGE_URL"] = "http://127.0.0.1:9/services/exchange/"
    monkeypatch.setattr("gradlab_exchange.listing.List.patience_seconds", 0.3)
    with pytest.raises(ExchangeError, match="Nothing is lost"):
        student.plug_in("List").start()


@pytest.mark.slow
def test_commands_work_in_an_isolated_session(
    desks: Any, real_hub: RealHub, caplog: pytest.LogCaptureFixture
) -> None:
    """`nbgrader fetch_assignment, submit, list` run where no other package of ours can be seen."""
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    student = desks("desk7")
    folders = HubFolders(Layout(student.home.parent / "course", student.home.parent / "data"))
    obstacle = obstacle_to_isolation(folders, with_files=False)
    if obstacle:
        pytest.skip(f"this machine cannot isolate sessions: {obstacle}")
    script = (
        "nbgrader fetch_assignment tiny && nbgrader submit tiny && nbgrader list --cached && "
        "python -c 'import autograder.hub' ; ls /exchange ; ls receipts"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-m", "autograder.sessions.confine", "--home", str(student.home),
         "--config", str(folders.configs), "--", "/bin/sh", "-c", script],
        env={"PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin:/bin"]),
             "JUPYTER_CONFIG_PATH": "/etc/gradlab/student",
             **{name: student.variables[name] for name in
                ("JUPYTERHUB_USER", "JUPYTERHUB_API_TOKEN", "GRADLAB_EXCHANGE_URL")}},
        cwd=student.home, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert "Fetched as: deep-learning tiny" in done.stderr
    assert "Receipt " in done.stderr, done.stderr
    assert "deep-learning desk7 tiny" in done.stderr
    assert "No module named 'autograder" in done.stderr
    assert "/exchange" in done.stderr
    assert "deep-learning tiny" in done.stdout
    assert len(real_hub.store().submissions("desk7")) == 1


def test_what_no_student_may_send_stays_at_home_and_is_named(
    desks: Any, real_hub: RealHub, caplog: pytest.LogCaptureFixture
) -> None:
    """A Mac's `.DS_Store`, a repository and configurations cost no submission."""
    student = desks("desk4")
    student.plug_in("FetchAssignment").start()
    left_out = (".DS_Store", ".git/config", "data/.hidden", "nbgrader_config.py", "data/HEAD")
    for name in left_out:
        (student.home / "tiny" / name).parent.mkdir(exist_ok=True)
        (student.home / "tiny" / name).write_text("x")
    (student.home / "tiny" / "head").mkdir()
    (student.home / "tiny" / "head" / "model.py").write_text("mine")
    submit = student.plug_in("Submit")
    submit.log.propagate = True
    with caplog.at_level(logging.WARNING):
        submit.start()
    for name in (".DS_Store", ".git", ".hidden", "nbgrader_config.py", "HEAD"):
        assert f"{name}'" in caplog.text
    (stored,) = real_hub.store().submissions("desk4")
    files = {str(p.relative_to(stored.folder)) for p in stored.folder.rglob("*") if p.is_file()}
    own = {"timestamp.txt", "submission_secret.txt"}
    assert files - own == {"tiny.ipynb", "data/points.csv", "head/model.py"}
