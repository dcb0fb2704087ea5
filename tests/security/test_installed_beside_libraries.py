"""What an installation puts among the libraries: our packages, the reference, a course, its data.

A wheel holds `autograder` and `reference`; installed, both lie in `site-packages`, which students'
code must be able to read. So does a course that somebody keeps under `/usr/local`.
"""

import json
import os
import time
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.sandbox import Bind, ForkServer, Isolation, Launch, student_policy
from autograder.sandbox.errors import PolicyError
from autograder.sandbox.policy import Policy
from autograder.wire.limits import Limits

ENTRIES = Path(__file__).parents[1] / "sandbox"
INSIDE = "/libraries"
LIST = """
import pathlib
answer = {}
for path in sorted(pathlib.Path(%r).rglob("*")):
    answer[str(path)] = path.read_text() if path.is_file() else "/"
try:
    pathlib.Path(%r, "course/solutions/x").write_text("")
    answer["written"] = True
except OSError:
    pass
"""


@pytest.fixture
def libraries(tmp_path):
    """A folder of libraries in which a course lies, too."""
    for place in ("library/__init__.py", "course/solutions/a.py", "course/assignments/a.py"):
        path = tmp_path / "libraries" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(place)
    return tmp_path / "libraries"


def policy_of(libraries, secret):
    return student_policy(
        packages=("autograder.wire",),
        binds=[Bind(str(libraries), INSIDE), Bind(str(ENTRIES))],
        secret_folders=secret,
    )


def test_secret_folders_are_empty_inside_what_is_shown(libraries):
    """Everything around them is still to be seen, and they cannot be written to."""
    policy = policy_of(libraries, [libraries / "course" / "solutions"])
    launch = Launch(
        "entries:run", "entries:warm", "", Isolation(policy), python_path=(str(ENTRIES),)
    )
    read, write = os.pipe()
    with ForkServer(launch) as server, os.fdopen(read) as pipe:
        code = LIST % (INSIDE, INSIDE)
        process = server.spawn(code.encode(), [write], Limits(cpu_seconds=20))
        os.close(write)
        process.wait(time.monotonic() + 60)
        seen = json.loads(pipe.read())
    assert seen == {
        f"{INSIDE}/course": "/",
        f"{INSIDE}/course/assignments": "/",
        f"{INSIDE}/course/assignments/a.py": "course/assignments/a.py",
        f"{INSIDE}/course/solutions": "/",
        f"{INSIDE}/library": "/",
        f"{INSIDE}/library/__init__.py": "library/__init__.py",
    }


def test_our_packages_are_hidden_wherever_they_are_installed(monkeypatch, tmp_path):
    """`autograder` and `reference` beside the libraries are hidden; what is needed is put back."""
    for name in ("autograder", "reference"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(
        "autograder.sandbox.policy.package_folder", lambda name: tmp_path / name.replace(".", "/")
    )
    policy = student_policy(packages=("autograder.wire",), binds=[Bind(str(tmp_path))])
    assert policy.view.hidden == (f"{tmp_path}/autograder", f"{tmp_path}/reference")
    assert f"{tmp_path}/autograder/wire" in policy.view.copies
    assert Policy.from_json(policy.to_json()) == policy


def test_showing_a_secret_folder_itself_is_refused(libraries):
    """A contradiction in the policy is an error, not a choice."""
    with pytest.raises(PolicyError, match="must not be seen"):
        policy_of(libraries, [libraries])


def test_whatever_of_a_course_is_private_is_hidden(libraries):
    """Solutions, their history, the data directory, and an exchange that lies elsewhere."""
    course = libraries / "course"
    layout = Layout(course, course / "var", exchange_root=libraries / "exchange")
    assert policy_of(libraries, layout.private).view.hidden[-4:] == tuple(
        f"{INSIDE}/{name}" for name in ("course/.git", "course/solutions", "course/var", "exchange")
    )
    usual = Layout(course, course / "var")
    assert usual.exchange.is_relative_to(usual.home)  # hidden with it
    assert policy_of(libraries, usual.private).view.hidden[-3:] == tuple(
        f"{INSIDE}/course/{name}" for name in (".git", "solutions", "var")
    )
