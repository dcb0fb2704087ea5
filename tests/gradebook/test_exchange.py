"""Collecting from a hostile inbound folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from traitlets import import_item
from traitlets.config import Config

from autograder.course import Layout
from autograder.gradebook.nbgrader.configuration import configure
from autograder.gradebook.nbgrader.exchange import LoggedList, LoggedRelease, SafeCollect
from autograder.grading import Preparer, Refusal
from autograder.grading.submission import NO_NOTEBOOK
from autograder.records import Log


@pytest.fixture
def inbound(layout):
    folder = layout.exchange / layout.course_id / "inbound"
    folder.mkdir(parents=True)
    layout.exchange.chmod(0o777)
    return folder


@pytest.fixture
def collect(layout, manifest, writer, inbound):
    """Nbgrader's collecting with the course's configuration."""
    writer.register(manifest)
    config = Config()
    configure(config, layout)
    config.CourseDirectory.assignment_id = "doubling"
    config.ExchangeCollect.check_owner = False

    def run() -> None:
        coursedir = CourseDirectory(config=config)
        SafeCollect(coursedir=coursedir, config=config).start()

    return run


def arrive(inbound, name: str, text: str = "{}"):
    folder = inbound / name
    folder.mkdir()
    (folder / "doubling.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(name.rsplit("+", 2)[1])
    return folder


def test_newest_submission_is_collected(layout, inbound, collect):
    """An ordinary submission arrives whole, folders included; a newer one replaces it later."""
    folder = arrive(inbound, "ada+doubling+2026-05-04 12:00:00 UTC+x", "first")
    (folder / "deep").mkdir()
    (folder / "deep" / "file.txt").write_text("kept")
    collect()
    target = layout.submitted / "ada" / "doubling"
    assert (target / "doubling.ipynb").read_text() == "first"
    assert (target / "deep" / "file.txt").read_text() == "kept"


@pytest.mark.parametrize("what", ["nothing", "a text", "a link"])
def test_a_submission_without_a_notebook_gets_a_file_that_says_so(
    layout, manifest, inbound, collect, what
):
    """So that nbgrader's autograde leaves a row; it is read as what it stands for."""
    folder = arrive(inbound, "ada+doubling+2026-05-04 12:00:00 UTC+x")
    (folder / "doubling.ipynb").unlink()
    if what == "a text":
        (folder / "answers.txt").write_text("see my mail")
    elif what == "a link":
        (folder / "doubling.ipynb").symlink_to("/etc/passwd")
    collect()
    data = (layout.submitted / "ada" / "doubling" / "doubling.ipynb").read_bytes()
    assert data == NO_NOTEBOOK
    prepared = Preparer(layout, "full").prepare("doubling", data)
    assert isinstance(prepared, Refusal)
    assert "no notebook" in prepared.reason


def test_links_and_special_files_are_left_out(layout, inbound, collect):
    """What a student links to is not copied, and a pipe does not hang the collecting."""
    folder = arrive(inbound, "eve+doubling+2026-05-04 12:00:00 UTC+x")
    secret = layout.solutions / "doubling"
    (folder / "stolen.py").symlink_to(secret / "notebook.py")
    (folder / "all").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (folder / "mine.txt").write_text("kept")
    collect()
    target = layout.submitted / "eve" / "doubling"
    assert {path.name for path in target.rglob("*")} == {
        "doubling.ipynb", "timestamp.txt", "mine.txt",
    }  # fmt: skip


def test_odd_names_stop_nobody_and_escape_nowhere(layout, inbound, collect):
    """Forged folder names are left out; the others are collected; nothing is written outside."""
    arrive(inbound, "ada+doubling+2026-05-04 12:00:00 UTC+x")
    arrive(inbound, "..+doubling+2026-05-04 12:00:00 UTC+x")
    arrive(inbound, "eve+doubling+not a time+x")
    arrive(inbound, "a\nb+doubling+2026-05-04 12:00:00 UTC+x")
    (inbound / "mal+doubling+2026-05-04 12:00:00 UTC+x").symlink_to(layout.root)
    (inbound / "file+doubling+2026-05-04 12:00:00 UTC+x").write_text("")
    collect()
    assert [path.name for path in layout.submitted.iterdir()] == ["ada"]
    assert not (layout.home / "doubling").exists()


def test_release_taking_back_and_collecting_have_audit_lines(layout, manifest, inbound, collect):
    """The trail tells each step once, and for each collected submission whose it was."""
    config = Config()
    configure(config, layout)
    config.CourseDirectory.assignment_id = "doubling"
    (layout.assignments / "doubling").mkdir(parents=True, exist_ok=True)
    (layout.assignments / "doubling" / "doubling.ipynb").write_text("{}")
    LoggedRelease(coursedir=CourseDirectory(config=config), config=config).start()
    name = "ada+doubling+2026-05-04 12:00:00 UTC+x"
    arrive(inbound, name)
    collect()
    collect()  # nothing newer: no line
    person = Authenticator(config=config)
    listing = LoggedList(CourseDirectory(config=config), person, config=config)
    listing.remove = True
    listing.start()
    lines = list(Log(layout.log).lines())
    assert [(line["event"], line["assignment"], line["student"]) for line in lines] == [
        ("release", "doubling", ""),
        ("collect", "doubling", "ada"),
        ("unrelease", "doubling", ""),
    ]
    assert lines[1]["submission"] == name


def test_what_programs_obey_is_not_collected(layout, inbound, collect):
    """Hidden files, configurations, git's own and the exchange's names as folders stay behind."""
    folder = arrive(inbound, "ada+doubling+2026-05-04 12:00:00 UTC+x", "first")
    for name in (".git/config", "data/.git/hooks/x", "nbgrader_config.py", "Jupyter_Config.py",
                 "repo/HEAD", "\uff0egit/config", "conftest.py", "data/kept.txt",
                 "submission_secret.txt/x"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("evil")
    collect()
    target = layout.submitted / "ada" / "doubling"
    found = sorted(str(p.relative_to(target)) for p in target.rglob("*") if p.is_file())
    assert found == ["data/kept.txt", "doubling.ipynb", "timestamp.txt"]


def test_folders_without_end_cost_the_class_nothing(layout, inbound, collect):
    """A submission a thousand folders deep is collected in part, and the others are whole."""
    deep = arrive(inbound, "ada+doubling+2026-05-04 12:00:00 UTC+x", "first")
    arrive(inbound, "bob+doubling+2026-05-04 12:00:00 UTC+x", "second")
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("deep", dir_fd=descriptor)
        inner = os.open("deep", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    try:
        collect()
        for name, text in (("ada", "first"), ("bob", "second")):
            assert (layout.submitted / name / "doubling" / "doubling.ipynb").read_text() == text
    finally:
        subprocess.run(["rm", "-rf", str(deep)], check=True)


def test_every_plug_in_can_be_imported(tmp_path: Path) -> None:
    """Nbgrader imports by name what the configuration names; a name that is wrong fails here."""
    config = Config()
    configure(config, Layout(tmp_path, tmp_path / "home"))
    values = [value for section in config.values() for value in section.values()]
    names = {
        name
        for value in values
        for name in (value if isinstance(value, list) else [value])
        if isinstance(name, str) and name.startswith("autograder.")
    }
    assert len(names) > 5
    for name in names:
        assert isinstance(import_item(name), type), name
