"""A hub with two courses, one of them outside of the data directory: all of it is looked after."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.gradebook import tables
from autograder.hub.doctor import State as Found
from autograder.hub.doctor import examine
from autograder.operations import restore as restoring
from autograder.operations.archive import verify
from autograder.operations.backup import back_up
from autograder.operations.errors import RestoreRefused
from autograder.operations.restore import restore
from autograder.operations.state import State
from autograder.operations.upgrade import needed, refuse_outdated, upgrade
from autograder.records import Log
from autograder.sessions.folders import HubFolders
from autograder.settings.errors import ServeError, SettingsError

from .conftest import contents, fill, picture
from .test_backup import APART
from .test_upgrade import OLD

SETTINGS = """\
[[course]]
id = "vision"
root = "{root}"
students = ["alice", "bob"]
instructors = ["ines"]

[[course]]
id = "text"
root = "{root}"
data = "{elsewhere}/text"
database = "{database}"
roster = "{elsewhere}/people.csv"
instructors = ["otto"]
"""


@dataclass(frozen=True)
class TwoCourses:
    """The hub's folders, and what is outside of them."""

    layout: Layout
    elsewhere: Path

    @property
    def state(self) -> State:
        return State.find()

    def seen(self) -> dict[str, object]:
        """Return all that people would miss."""
        found: dict[str, object] = {}
        for place in self.state.places:
            for name, what in picture(place.path).items():
                inside = name.removeprefix("courses/vision/")
                if not inside.startswith(APART) and ".sqlite" not in name:
                    found[f"{place.member}/{name}"] = what
        for course in self.state.courses:
            with tables.reading(course.layout.database_url) as connection:
                found[f"grades of {course.id}"] = tables.fingerprint(connection)
        found["hub"] = contents(HubFolders(self.layout).hub / "jupyterhub.sqlite")
        found["leases"] = contents(self.layout.home / "gpu" / "leases.sqlite")
        found["people"] = (self.elsewhere / "people.csv").read_text()
        return found

    def destroy(self) -> None:
        """Lose everything but the courses' folders and the settings."""
        for course in self.state.courses:
            if course.layout.database_url.startswith("postgresql"):
                engine = create_engine(course.layout.database_url)
                with engine.begin() as connection:
                    tables.drop(connection)
                engine.dispose()
        shutil.rmtree(self.layout.home)
        shutil.rmtree(self.elsewhere)

    def actions(self) -> list[list[str]]:
        """Return what each course's audit trail has."""
        return [
            [line["event"] for line in Log(course.layout.log).lines()]
            for course in self.state.courses
        ]


@pytest.fixture(params=["sqlite", "postgresql"])
def two(
    request: pytest.FixtureRequest,
    layout: Layout,
    empty_gradebook: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> TwoCourses:
    """Return a hub with the courses `vision`, below its data directory, and `text`, elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    database = f"sqlite:///{tmp_path / 'databases' / 'text.db'}"
    if request.param == "postgresql":
        database = request.getfixturevalue("empty_postgres")
    monkeypatch.setenv("GRADLAB_EXCHANGE", str(tmp_path / "shared"))
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.format(root=layout.root, elsewhere=elsewhere, database=database))
    monkeypatch.setenv("GRADLAB_SETTINGS", str(settings))
    (layout.home / "gradebook.db").unlink()
    hub = Layout.find()
    vision, other = State.find().courses
    for course in (vision, other):
        fill(course.layout)
        if course is vision:
            assert (course.layout.home / "gradebook.db").is_file()
    # the hub's own are in its own folder only
    for course in (vision, other):
        for name in ("hub", "homes", "gpu", "config"):
            target = hub.home / name
            if not target.exists():
                shutil.copytree(course.layout.home / name, target, symlinks=True)
            shutil.rmtree(course.layout.home / name)
    (elsewhere / "people.csv").write_text("username,role\ncarol,student\n")
    return TwoCourses(hub, elsewhere)


@pytest.fixture(autouse=True)
def _folder_of_databases(tmp_path: Path) -> None:
    (tmp_path / "databases").mkdir(exist_ok=True)


def test_all_courses_come_back(two: TwoCourses, tmp_path: Path) -> None:
    """Folders, gradebooks and rosters of both courses, the exchange, and the hub are restored."""
    assert {place.member for place in two.state.places} == {
        "data", "courses/text/data", "exchange",
    }  # fmt: skip
    before, actions = two.seen(), two.actions()
    made = back_up(two.state, tmp_path / "all.tar.gz")
    two.destroy()
    (tmp_path / "databases" / "text.db").unlink(missing_ok=True)
    shutil.rmtree(tmp_path / "shared")
    done = restore(two.state, made.path)
    assert done.aside == ()
    assert two.seen() == before
    assert two.actions() == [[*one, "backup", "restore"] for one in actions]
    again = back_up(two.state, tmp_path / "again.tar.gz")  # what was restored can be kept again
    assert set(verify(again.path).about["courses"]) == {"vision", "text"}
    assert len(restore(two.state, again.path, force=True).aside) == 4
    assert two.seen() == before


def test_nothing_of_any_course_is_replaced_unasked(two: TwoCourses, tmp_path: Path) -> None:
    """What is there in the one place that is left is enough to refuse, and is left alone."""
    made = back_up(two.state, tmp_path / "all.tar.gz")
    shutil.rmtree(two.layout.home)
    for left in ("elsewhere", "shared"):
        with pytest.raises(RestoreRefused, match=left):
            restore(two.state, made.path)
        shutil.rmtree(tmp_path / left)
    with pytest.raises(RestoreRefused, match="gradebook of text"):
        restore(two.state, made.path)
    assert not two.layout.home.exists()
    assert not (tmp_path / "shared").exists()


def test_a_restore_that_fails_is_undone(
    two: TwoCourses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the last folder cannot be put in place, everything is as it was before."""
    made = back_up(two.state, tmp_path / "all.tar.gz")
    (two.layout.home / "homes" / "alice" / "later.txt").write_text("after the backup")
    (two.elsewhere / "people.csv").write_text("username,role\ndora,student\n")
    with sqlite3.connect(two.layout.home / "hub" / "jupyterhub.sqlite") as connection:
        connection.execute("INSERT INTO lease VALUES ('l2', 'bob')")
    connection.close()
    url = two.state.courses[1].layout.database_url
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE grade SET manual_score = 1.75"))
    engine.dispose()
    before = two.seen()
    put_folder, places = restoring._put_folder, len(two.state.places)

    def failing(*arguments: object) -> list[Path]:
        nonlocal places
        places -= 1
        if places == 0:
            raise OSError("the disk broke")
        return put_folder(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(restoring, "_put_folder", failing)
    with pytest.raises(OSError, match="disk broke"):
        restore(two.state, made.path, force=True)
    assert two.seen() == before


def test_a_backup_of_other_courses_is_refused(
    two: TwoCourses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is guessed: the settings have to have the courses, where they were."""
    made = back_up(two.state, tmp_path / "all.tar.gz")
    settings = tmp_path / "settings.toml"
    said = settings.read_text()
    shutil.rmtree(two.layout.home)
    settings.write_text(said.replace('id = "text"', 'id = "speech"'))
    with pytest.raises(RestoreRefused, match="text, vision, the settings have courses speech"):
        restore(two.state, made.path, force=True)
    settings.write_text(said.replace(f'data = "{two.elsewhere}/text"\n', ""))
    with pytest.raises(RestoreRefused, match="data of text was courses/text/data"):
        restore(two.state, made.path, force=True)
    monkeypatch.delenv("GRADLAB_EXCHANGE")
    settings.write_text(said)
    with pytest.raises(RestoreRefused, match="exchange of text was exchange"):
        restore(two.state, made.path, force=True)
    assert not two.layout.home.exists()


def test_folders_around_each_other_are_refused(two: TwoCourses, tmp_path: Path) -> None:
    """A course whose data directory lies around the hub's could not be put back in one step."""
    settings = tmp_path / "settings.toml"
    settings.write_text(settings.read_text().replace(f"{two.elsewhere}/text", str(tmp_path)))
    with pytest.raises(SettingsError, match="lies around"):
        State.find()


def age(url: str) -> None:
    """Put the gradebook of nbgrader 0.5 in the place of a course's."""
    engine = create_engine(url)
    server = engine.dialect.name == "postgresql"
    extension, interval = ("INTERVAL '0'", "INTERVAL") if server else ("NULL", "TIMESTAMP")
    script = OLD.read_text().replace("{extension}", extension).replace("{interval}", interval)
    with engine.begin() as connection:
        tables.drop(connection)
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_second_course_is_upgraded_as_well(two: TwoCourses) -> None:
    """Doctor and serve name the course whose gradebook is old, and `upgrade` mends it."""
    text_course = two.state.courses[1]
    age(text_course.layout.database_url)
    (HubFolders(two.layout).hub / "jupyterhub.sqlite").unlink()
    (one,) = needed(two.state)
    assert one.what == "gradebook of text"
    with pytest.raises(ServeError, match="gradebook of text"):
        refuse_outdated(two.state)
    (finding,) = [one for one in examine() if one.area == "databases"]
    assert (finding.name, finding.state) == ("gradebook of text", Found.LACKING)
    upgrade(two.state, lambda _line: None)
    refuse_outdated(two.state)
    assert [actions[-1] for actions in two.actions()] == ["backup", "upgrade"]
    (finding,) = [one for one in examine() if one.area == "databases"]
    assert finding.state is Found.GOOD


def test_the_doctor_looks_at_every_course(two: TwoCourses) -> None:
    """A roster with a mistake and a gradebook that is damaged are found, with their course."""
    (two.elsewhere / "people.csv").write_text("username,role\ncarol,king\n")
    vision = two.state.courses[0]
    (vision.layout.home / "gradebook.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    lacking = {
        (one.area, one.name)
        for one in examine()
        if one.state is Found.LACKING and one.area.startswith("course")
    }
    assert lacking == {("course text", "people"), ("course vision", "gradebook")}


def test_a_command_is_about_one_course_or_none(two: TwoCourses) -> None:
    """The one that is named, wherever, or the folder's; else it says which there are."""

    def show(*words: str) -> Result:
        with mock.patch.dict(os.environ):  # the verb sets variables of its own process
            os.environ.pop("GRADLAB_COURSE_ID", None)
            return CliRunner().invoke(build_app(), list(words))

    before = show("--course", "vision", "roster", "show")
    behind = show("roster", "show", "--course=vision")
    assert before.exit_code == 0, before.output
    assert (behind.exit_code, behind.stdout) == (0, before.stdout)
    assert show("roster", "show", "--course", "text").stdout != before.stdout
    undecided = show("extend")
    assert undecided.exit_code == 2
    assert "say which course: vision, text" in undecided.stderr
    assert show("extend", "--help").exit_code == 0
    assert "say which course: vision, text" in show("export", "grades").stderr
    of_one = show("export", "grades", "--course", "text")
    assert (of_one.exit_code, "text" in of_one.stderr) == (0, True)
    of_all = show("export", "grades", "--every-course")
    assert (of_all.exit_code, "of vision, text" in of_all.stderr) == (0, True)
    assert show("extend", "--course", "sound").exit_code == 2


def test_commands_of_the_hub_take_no_course(two: TwoCourses, tmp_path: Path) -> None:
    """`gradlab --course vision backup` would keep a part only: it says so and makes nothing."""
    target = tmp_path / "part.tar.gz"
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "--course", "vision", "backup", str(target)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--course" in done.stderr
    assert not target.exists()
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "backup", "--json", str(target)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == str(target)
