"""The hub's folders, secrets and the Jupyter configuration of each role."""

from __future__ import annotations

import json
import stat

from autograder.course import Layout
from autograder.people.roles import Role, strongest
from autograder.sessions.folders import HubFolders


def test_secret_is_drawn_once_and_private(layout: Layout) -> None:
    """A secret stays the same for a data directory, differs between two, and is the owner's."""
    folders = HubFolders(layout)
    secret = folders.secret("demo-password", 5)
    assert folders.secret("demo-password", 5) == secret
    other = HubFolders(Layout(layout.root, layout.home.with_name("other")))
    assert other.secret("demo-password", 5) != secret
    mode = (folders.hub / "demo-password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(folders.hub.stat().st_mode) == 0o700


def test_student_configuration_names_nothing_of_the_course(layout: Layout) -> None:
    """No file that a student's server reads has a path of the course or the data directory."""
    folders = HubFolders(layout)
    folders.make()
    files = [path for path in folders.config("student").rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = path.read_text()
        assert str(layout.root) not in text
        assert str(layout.home) not in text


def test_students_have_no_formgrader(layout: Layout) -> None:
    """A student's server loads neither the server nor the lab part of formgrader."""
    folders = HubFolders(layout)
    folders.make()
    config = folders.config("student")
    server = json.loads((config / "jupyter_server_config.json").read_text())
    used = server["ServerApp"]["jpserver_extensions"]
    assert used["nbgrader.server_extensions.assignment_list"] is True
    assert used["nbgrader.server_extensions.formgrader"] is False
    page = json.loads((config / "labconfig" / "page_config.json").read_text())
    disabled = page["disabledExtensions"]
    assert disabled["@jupyter/nbgrader:formgrader"] is True
    assert disabled["@jupyter/nbgrader:create-assignment"] is True
    assert disabled["@jupyter/nbgrader:assignment-list"] is False


def test_lab_extensions_are_shown_by_role(layout: Layout) -> None:
    """Only instructors get nbgrader's authoring tools; the role is the strongest in any course."""
    folders = HubFolders(layout)
    folders.make()
    shown = {}
    for role in Role:
        page = json.loads((folders.config(role) / "labconfig" / "page_config.json").read_text())
        disabled = page["disabledExtensions"]
        shown[role] = not disabled["@jupyter/nbgrader:create-assignment"]
        assert disabled["@jupyter/nbgrader:formgrader"] is True
    assert shown == {Role.STUDENT: False, Role.ASSISTANT: False, Role.INSTRUCTOR: True}
    assert strongest([]) is Role.STUDENT
    assert strongest(["nbgrader-a", "formgrade-b"]) is Role.ASSISTANT
    assert strongest(["nbgrader-a", "instructor-b", "formgrade-b"]) is Role.INSTRUCTOR


def test_making_again_keeps_what_is_stored(layout: Layout) -> None:
    """A second start changes no file that people have stored."""
    folders = HubFolders(layout)
    folders.make()
    kept = folders.homes / "alice" / "work.ipynb"
    kept.parent.mkdir()
    kept.write_text("mine")
    released = layout.exchange / layout.course_id / "outbound" / "tiny"
    released.mkdir()
    folders.make()
    assert kept.read_text() == "mine"
    assert released.is_dir()
