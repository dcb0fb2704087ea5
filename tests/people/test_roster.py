"""Rosters: what people and learning platforms write, and what becomes of it."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import Layout
from autograder.hub import HubSettings
from autograder.people import Member, Membership, Role, courses_of, read_roster, write_roster
from autograder.people.importing import import_roster, remove_people
from autograder.people.roster import parse_roster
from autograder.settings.errors import RosterError

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Tiny (1)
    Points Possible,,,,,3.00
"Lovelace, Ada",17,4711,al001,DL,
"O'Neil, Bo",18,4712,bo002,DL,2
"Student, Test",99,,,DL,
"""
MOODLE = """\
First name,Last name,Username,ID number,Email address,Roles
Ada,Lovelace,al001,4711,ada@uni.example,Student
Tom,Tanner,tt003,,tom@uni.example,Non-editing teacher
Ines,Ito,ii004,,ines@uni.example,Teacher
"""
ILIAS = "\ufeffNachname;Vorname;Anmeldename;E-Mail;Rolle\r\nÖzil;Jürgen;jo005;;Kursmitglied\r\n"
TEXT = st.text(st.characters(blacklist_categories=("C",)), max_size=12).map(str.strip)


def summary(members: tuple[Member, ...]) -> list[tuple[str, str, str, str, str]]:
    return [(m.username, str(m.role), m.first_name, m.last_name, m.lms_id) for m in members]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CANVAS, [("al001", "student", "Ada", "Lovelace", "17"),
                  ("bo002", "student", "Bo", "O'Neil", "18")]),
        (MOODLE, [("al001", "student", "Ada", "Lovelace", "4711"),
                  ("tt003", "assistant", "Tom", "Tanner", ""),
                  ("ii004", "instructor", "Ines", "Ito", "")]),
        (ILIAS, [("jo005", "student", "Jürgen", "Özil", "")]),
        ("username\nada\n\nbo\n", [("ada", "student", "", "", ""), ("bo", "student", "", "", "")]),
    ],
    ids=["canvas", "moodle", "ilias", "one column"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_exports_of_learning_platforms_are_read(
    tmp_path: Path, text: str, expected: list[Any], encoding: str
) -> None:
    """Headings, delimiters, encodings and rows that are nobody are understood."""
    path = tmp_path / "export.csv"
    path.write_bytes(text.removeprefix("\ufeff").encode(encoding))
    assert summary(read_roster(path)) == expected


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """Bad accounts, unknown roles and doubles are all in one message; nothing is taken."""
    text = "username,role\nada,student\n../evil,student\nbo,king\nada,student\nBad Name,\n"
    with pytest.raises(RosterError) as caught:
        parse_roster(text, "list.csv")
    for part in (
        "line 3: account '../evil'",
        "line 4: role 'king'",
        "line 5: account 'ada' is on line 2",
        "line 6: account 'Bad Name'",
    ):
        assert part in str(caught.value)


def test_a_file_without_accounts_says_what_it_has() -> None:
    """Which columns there are, and how to name one, is in the message; naming one works."""
    text = "Vorname,E-Mail\nAda,ada@uni.example\n"
    with pytest.raises(RosterError, match=r"it has Vorname, E-Mail.*--username COLUMN"):
        parse_roster(text, "list.csv")
    assert parse_roster(text, "list.csv", username="E-Mail")[0].username == "ada@uni.example"
    with pytest.raises(RosterError, match="no column 'Konto'"):
        parse_roster(text, "list.csv", username="Konto")


@given(
    st.lists(
        st.builds(Member, st.from_regex(r"[a-z0-9][a-z0-9._@-]{0,20}", fullmatch=True),
                  st.sampled_from(Role), TEXT, TEXT, TEXT, TEXT),
        unique_by=lambda member: member.username, max_size=8,
    )
)  # fmt: skip
def test_what_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, members: list[Member]
) -> None:
    """Names with commas, quotes and letters of any language survive."""
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    write_roster(path, members)
    assert list(read_roster(path)) == sorted(members, key=lambda member: member.username)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.fixture
def course(layout: Layout) -> Any:
    """Return the one course of the folder, with nobody named by settings."""
    settings = HubSettings(students=(), assistants=(), instructors=("ines",))
    return courses_of(settings, layout)[0]


def test_importing_adds_changes_and_never_deletes_scores(course: Any) -> None:
    """People are added and changed; who leaves loses access, and keeps every row of scores."""
    from nbgrader.api import Gradebook

    ada, bo = Member("ada", Role.STUDENT, "Ada", "Lovelace"), Member("bo", Role.STUDENT)
    assert import_roster(course, [ada, bo]).added == (ada, bo)
    with Gradebook(course.layout.database_url, course.id) as gradebook:
        assert gradebook.find_student("ada").last_name == "Lovelace"
    promoted = Member("bo", Role.ASSISTANT)
    trial = import_roster(course, [promoted], trial=True)
    assert (trial.changed, trial.kept, trial.removed) == ((promoted,), 1, ())
    assert course.members()["bo"].role is Role.STUDENT
    changes = import_roster(course, [promoted], replace=True)
    assert changes.removed == (ada,)
    assert set(course.members()) == {"bo", "ines"}
    with Gradebook(course.layout.database_url, course.id) as gradebook:
        assert {student.id for student in gradebook.students} == {"ada", "bo"}


def test_membership_follows_the_file(course: Any) -> None:
    """Each question is answered from the file as it is; a broken one changes nothing."""
    membership = Membership([course])
    assert membership.groups("ada") == []
    write_roster(course.roster, [Member("ada", Role.ASSISTANT)])
    assert membership.groups("ada") == ["formgrade-deep-learning", "nbgrader-deep-learning"]
    course.roster.write_text("username,role\nada,king\n")
    assert membership.roles("ada") == {"deep-learning": Role.ASSISTANT}
    write_roster(course.roster, [Member("ada", Role.STUDENT)])
    assert membership.groups("ada") == ["nbgrader-deep-learning"]
    course.roster.unlink()
    assert membership.groups("ada") == []
    assert membership.roles("ines") == {"deep-learning": Role.INSTRUCTOR}


def test_the_command_imports_tries_and_refuses(layout: Layout, tmp_path: Path) -> None:
    """The verb takes a file over, tries without changing, and refuses with status 2."""

    def roster(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "autograder", "roster", *arguments],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    file = tmp_path / "export.csv"
    file.write_text(MOODLE)
    assert "3 new" in roster("import", str(file), "--dry-run").stdout
    assert not (layout.home / "roster.csv").exists()
    done = roster("import", str(file))
    assert done.returncode == 0, done.stderr
    assert "deep-learning has 3 people in its roster: 3 new" in done.stdout
    assert "tt003" in roster("show").stdout
    assert "would be out  tt003" in roster("remove", "tt003", "--dry-run").stdout
    assert roster("remove", "tt003", "al001").stdout.splitlines() == [
        "out  tt003 (assistant)", "out  al001 (student)",
    ]  # fmt: skip
    assert "tt003" not in roster("show").stdout
    assert roster("remove", "tt003").returncode == 2
    file.write_text("username,role\nada,king\n")
    refused = roster("import", str(file))
    assert refused.returncode == 2
    assert "line 2: role 'king'" in refused.stderr


def test_who_is_taken_out_keeps_no_role_from_a_claim(course: Any) -> None:
    """Roster and claims lose them; nobody is taken out when one of them cannot be."""
    membership = Membership([course])
    for name in ("ada", "bo"):
        membership.claim(Member(name, Role.STUDENT), {course.id: Role.ASSISTANT})
    write_roster(course.roster, [Member("ada", Role.STUDENT), Member("cy", Role.STUDENT)])
    with pytest.raises(RosterError, match="ines is named in the settings") as caught:
        remove_people(course, ["ada", "ines", "nobody"])
    assert "nobody is not in deep-learning" in str(caught.value)
    assert remove_people(course, ["ada"], trial=True)[0].role is Role.STUDENT
    assert set(course.members()) == {"ada", "bo", "cy", "ines"}
    remove_people(course, ["ada", "bo"])
    assert set(course.members()) == {"cy", "ines"}
    assert membership.groups("ada") == membership.groups("bo") == []
    membership.claim(Member("bo", Role.STUDENT), {course.id: Role.STUDENT})  # the platform says so
    assert membership.roles("bo") == {course.id: Role.STUDENT}


def test_replacing_a_roster_takes_old_claims_back(course: Any) -> None:
    """Whoever is not in the file leaves the course, however they had come."""
    membership = Membership([course])
    for name in ("ada", "bo"):
        membership.claim(Member(name, Role.STUDENT), {course.id: Role.ASSISTANT})
    changes = import_roster(course, [Member("ada", Role.STUDENT)], replace=True)
    assert [one.username for one in changes.removed] == ["bo"]
    assert membership.roles("ada") == {course.id: Role.STUDENT}
    assert membership.roles("bo") == {}


def test_log_ins_and_commands_at_the_same_time_undo_nothing(course: Any) -> None:
    """Each claim of a log-in stays, and whoever is taken out meanwhile is out."""
    leaving = [f"gone{number}" for number in range(40)]
    coming = [[f"{desk}{number}" for number in range(40)] for desk in ("left", "right")]

    def log_in(names: list[str]) -> None:
        membership = Membership([course])
        for name in names:
            membership.claim(Member(name, Role.STUDENT), {course.id: Role.STUDENT})

    def take_out(names: list[str]) -> None:
        for name in names:
            remove_people(course, [name])

    log_in(leaving)
    with ThreadPoolExecutor(3) as pool:
        work = [pool.submit(log_in, names) for names in coming]
        work.append(pool.submit(take_out, leaving))
        for one in work:
            one.result(60)
    assert set(course.members()) == {"ines", *coming[0], *coming[1]}
