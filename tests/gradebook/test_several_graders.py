"""Two batches and formgrader at one gradebook at the same time: the real programs, all three."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.course import Layout, build, build_source, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest
from autograder.records import Log

from ..slurm_server import free_ports

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:Object of type .* not in session"),
]
PROGRAMS = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
STUDENTS = [f"s{number:02}" for number in range(16)]
EARLY = STUDENTS[:8]  # graded before, so that a person can score them meanwhile
TOKEN = "of-this-test"
PATIENCE_SECONDS = 120


class Formgrader:
    """nbgrader's formgrader in a Jupyter server, and what its page asks of it."""

    def __init__(self, layout: Layout, environment: dict[str, str]) -> None:
        (port,) = free_ports(1)
        self._url = f"http://127.0.0.1:{port}/formgrader/api/"
        (layout.root / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": str(port),
            "ServerApp.port_retries": "0",
            "ServerApp.open_browser": "False",
            "ServerApp.root_dir": str(layout.root.parent),  # nbgrader wants the data below it
            "ServerApp.jpserver_extensions": "nbgrader.server_extensions.formgrader=True",
            "IdentityProvider.token": TOKEN,
        }
        command = [str(PROGRAMS / "jupyter"), "server", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self._log = layout.home / "formgrader.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=layout.root, env=environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError):
                self.ask("GET", "assignments")
                return
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.1)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Send what the page sends; return the answer."""
        data = json.dumps(body).encode() if body else None
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.loads(answer.read())

    def close(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of gradebook that all share."""
    if request.param == "postgresql":
        monkeypatch.setenv(
            "GRADLAB_DB_URL", request.getfixturevalue("postgres_server").new_database()
        )
    return str(request.param)


@pytest.fixture
def environment(layout: Layout) -> Callable[[], dict[str, str]]:
    """The environment of a program that works on the course."""

    def made() -> dict[str, str]:
        own = {"JUPYTER_CONFIG_DIR": "jupyter", "JUPYTER_RUNTIME_DIR": "jupyter/runtime"}
        places = {name: str(layout.home / place) for name, place in own.items()}
        return dict(os.environ) | layout.to_environment() | places

    return made


@pytest.fixture
def submit(layout: Layout, manifest: Manifest) -> Callable[[list[str]], None]:
    """Hand in right and wrong answers, with an essay each."""
    build(layout)

    def place(students: list[str]) -> None:
        for student in students:
            folder = layout.submitted / student / "doubling"
            folder.mkdir(parents=True)
            factor = 2 + int(student[1:]) % 2
            answers = {
                "double": f"def double(x):\n    return {factor} * x  # {student}",
                "why": f"It is so, says {student}.",
            }
            data = notebook_bytes(submission_notebook(manifest, answers))
            (folder / "doubling.ipynb").write_bytes(data)

    return place


def grade(environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    """Start `gradlab grade`."""
    command = [str(PROGRAMS / "gradlab"), "grade", "doubling", "--json", "--jobs", "1", *options]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(batch: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a batch; return its summary."""
    out, err = batch.communicate(timeout=300)
    assert batch.returncode == 0, out + err
    summary: dict[str, Any] = json.loads(out)
    return summary


@pytest.fixture
def formgrader(
    shared: str, layout: Layout, environment: Callable[[], dict[str, str]]
) -> Iterator[Formgrader]:
    """A running formgrader at the shared gradebook."""
    build_source(layout)
    server = Formgrader(layout, environment())
    try:
        server.wait()
        yield server
    finally:
        server.close()


def scored_by_hand(formgrader: Formgrader, batches: list[subprocess.Popen[str]]) -> int:
    """Score and comment every early essay until both batches have ended; return how often."""
    notebooks = formgrader.ask("GET", "submitted_notebooks/doubling/doubling")
    places = []
    for notebook in notebooks:
        if notebook["student"] not in EARLY:
            continue
        grades = formgrader.ask("GET", f"grades?submission_id={notebook['id']}")
        comments = formgrader.ask("GET", f"comments?submission_id={notebook['id']}")
        (essay,) = (grade["id"] for grade in grades if grade["name"] == "why")
        (comment,) = (comment["id"] for comment in comments if comment["name"] == "why")
        places.append((notebook["student"], essay, comment))
    assert [student for student, *_ in sorted(places)] == EARLY
    rounds = 0
    running = True
    while running:
        running = any(batch.poll() is None for batch in batches)  # once more after the last
        rounds += 1
        for student, essay, comment in places:
            score = 0.25 + (rounds + int(student[1:])) % 2
            formgrader.ask("PUT", f"grade/{essay}", manual_score=score, extra_credit=None)
            formgrader.ask("PUT", f"comment/{comment}", manual_comment=f"{student}: {score}")
    return rounds


def test_two_batches_and_formgrader_lose_nothing(
    formgrader: Formgrader,
    shared: str,
    layout: Layout,
    environment: Callable[[], dict[str, str]],
    submit: Callable[[list[str]], None],
) -> None:
    """Every automatic point, every point and comment of the person, every line is there after."""
    submit(EARLY)
    assert ended(grade(environment()))["graded"] == len(EARLY)
    submit(STUDENTS[len(EARLY) :])
    batches = [grade(environment(), "--fresh"), grade(environment(), "--fresh")]
    rounds = scored_by_hand(formgrader, batches)
    assert rounds > 2
    for batch in batches:
        summary = ended(batch)
        assert (summary["graded"], summary["faults"]) == (len(STUDENTS), 0)
    formgrader.ask("POST", "submission/doubling/s00/autograde")
    with Gradebook(layout.database_url, layout.course_id) as gradebook:
        assert sorted(student.id for student in gradebook.students) == STUDENTS
        for student in STUDENTS:
            right = int(student[1:]) % 2 == 0
            (notebook,) = gradebook.find_submission("doubling", student).notebooks
            scores = {grade.name: grade for grade in notebook.grades}
            assert len(scores) == len(notebook.grades) == 3
            assert scores["doubling"].auto_score == (3.0 if right else 0.0)
            comments = {comment.name: comment for comment in notebook.comments}
            assert len(comments) == len(notebook.comments) == 3
            expected = 0.25 + (rounds + int(student[1:])) % 2 if student in EARLY else None
            assert scores["why"].manual_score == expected
            said = f"{student}: {expected}" if student in EARLY else None
            assert comments["why"].manual_comment == said
    lines = [line["student"] for line in Log(layout.log).lines()]
    assert len(lines) == len(EARLY) + 2 * len(STUDENTS) + 1
    assert Log(layout.log).check().problems == ()
    notebooks = list(layout.autograded.glob("*/doubling/doubling.ipynb"))
    assert len(notebooks) == len(STUDENTS)


def test_the_second_batch_on_sqlite_waits_and_says_so(
    layout: Layout,
    environment: Callable[[], dict[str, str]],
    submit: Callable[[list[str]], None],
) -> None:
    """While somebody else holds the gradebook, `gradlab grade` prints a sentence and goes on."""
    submit(EARLY)
    other = sqlite3.connect(layout.home / "gradebook.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said: list[str] = []
    waits = threading.Event()
    with grade(environment()) as batch:

        def listen() -> None:
            assert batch.stderr is not None
            for line in batch.stderr:
                said.append(line)
                if "waiting" in line:
                    waits.set()

        listener = threading.Thread(target=listen)
        listener.start()
        assert waits.wait(PATIENCE_SECONDS), said
        assert batch.poll() is None
        other.execute("COMMIT")
        other.close()
        assert batch.stdout is not None
        summary = json.loads(batch.stdout.read())
        listener.join()
        assert batch.wait(60) == 0
    assert (summary["graded"], summary["faults"]) == (len(EARLY), 0)
    assert "Another program is writing to the gradebook" in "".join(said)
