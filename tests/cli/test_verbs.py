"""The verbs as a person or a script calls them: output, JSON, exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import cli
from autograder.cli import build_app, verify
from autograder.course import (
    Layout,
    load_manifest,
    notebook_bytes,
    submission_notebook,
)
from autograder.grading.proof import specimens
from autograder.grading.store import ReportStore
from autograder.records import Log
from autograder.service import client
from autograder.service.client import Place
from autograder.service.protocol import Event, Order, Origin, Result

VERBS = Path(cli.__file__).parent
GRADLAB = [str(Path(sys.executable).parent / "gradlab")]
NOTEBOOK = """# %% nbgrader={"grade_id": "size_answer", "solution": true}
size = 0
### BEGIN SOLUTION
size = 3
### END SOLUTION

# %% nbgrader={"grade_id": "size", "grade": true, "points": 2}
print(size)
"""
CHECK = '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_size(student):
    assert_number(student["size"], 3)
'''


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    root = tmp_path / "course"
    folder = root / "solutions" / "tiny"
    (folder / "checks").mkdir(parents=True)
    (folder / "notebook.py").write_text(NOTEBOOK)
    (folder / "assignment.toml").write_text('title = "Tiny"\n')
    (folder / "checks" / "test_size.py").write_text(CHECK)
    return Layout(root, root / "var")


def environment(layout: Layout) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_")}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return kept | {"GRADLAB_COURSE": str(layout.root), "PATH": path, "COLUMNS": "200"}


def gradlab(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GRADLAB, *arguments], env=environment(layout), capture_output=True, text=True, timeout=240
    )


def write(layout: Layout, path: Path, size: str) -> Path:
    manifest = load_manifest(layout, "tiny")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook_bytes(submission_notebook(manifest, {"size_answer": size})))
    return path


def submit(layout: Layout, student: str, size: str) -> None:
    write(layout, layout.submitted / student / "tiny" / "tiny.ipynb", size)


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["score", "grade.ipynb"], ["score"]),
        (["--course", "grade", "score"], ["score"]),
        (["--course=grade", "void", "--help"], ["void"]),
        (["import", "a.ipynb"], ["import"]),
        (["--help"], None),
        (["--course", "grade"], None),
        (["scroe"], None),
        (["_app"], None),
        ([], None),
    ],
)
def test_the_verb_that_is_asked_for_is_loaded_alone(
    arguments: list[str], loaded: list[str] | None
) -> None:
    """All of them where none is, so that help and errors can name them."""
    names = [command.name for command in build_app(arguments).registered_commands]
    verbs = sorted(path.stem.rstrip("_") for path in VERBS.glob("[!_]*.py"))
    assert names == (loaded or verbs)


def test_score_prints_one_json_object(layout: Layout, tmp_path: Path) -> None:
    """The object has exactly what the reference promises, and nothing was written."""
    notebook = write(layout, tmp_path / "mine.ipynb", "size = 3")
    done = gradlab(layout, "score", str(notebook), "--assignment", "tiny", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {k: report[k] for k in ("assignment", "points", "max_points", "isolation")} == {
        "assignment": "tiny",
        "points": 2,
        "max_points": 2,
        "isolation": "full",
    }
    assert isinstance(report["seed"], int)
    assert report["repairs"] == []
    (cell,) = report["cells"]
    assert (cell["grade_id"], cell["points"], cell["max_points"]) == ("size", 2, 2)
    (check,) = cell["checks"]
    assert {"name": "test_size", "verdict": "passed", "message": ""}.items() <= check.items()
    assert not layout.home.exists()


def test_score_of_a_wrong_answer_is_graded_all_the_same(layout: Layout, tmp_path: Path) -> None:
    """A score of zero is a result: exit code 0, and a table for a person."""
    notebook = write(layout, tmp_path / "mine.ipynb", "size = 4")
    done = gradlab(layout, "score", str(notebook), "--assignment", "tiny")
    assert done.returncode == 0, done.stderr
    assert "0 of 2 points" in done.stdout
    assert "failed" in done.stdout


@pytest.mark.parametrize("content", ["", "{", '{"cells": []}', None])
def test_score_of_no_notebook_exits_with_2(
    layout: Layout, tmp_path: Path, content: str | None
) -> None:
    """Empty, damaged, foreign and missing files are told apart in words, not in tracebacks."""
    path = tmp_path / "mine.ipynb"
    if content is not None:
        path.write_text(content)
    done = gradlab(layout, "score", str(path), "--assignment", "tiny")
    assert done.returncode == 2, done.stderr
    assert "not graded" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_assignment_exits_with_2(layout: Layout, tmp_path: Path) -> None:
    """The message names the assignments that there are."""
    notebook = write(layout, tmp_path / "mine.ipynb", "size = 3")
    done = gradlab(layout, "score", str(notebook), "--assignment", "nosuch")
    assert done.returncode == 2
    assert "known: tiny" in done.stderr


def test_outside_a_course_the_message_says_what_to_set(layout: Layout, tmp_path: Path) -> None:
    """Without a course there is no traceback but the name of the variable."""
    env = environment(layout) | {"GRADLAB_COURSE": str(tmp_path / "nowhere")}
    done = subprocess.run(
        [*GRADLAB, "verify"], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert "GRADLAB_COURSE" in done.stderr


def test_a_check_of_ours_that_breaks_exits_with_3(layout: Layout, tmp_path: Path) -> None:
    """A fault of ours is no score."""
    path = layout.solutions / "tiny" / "checks" / "test_size.py"
    path.write_text(CHECK.replace('assert_number(student["size"], 3)', "1 / 0"))
    notebook = write(layout, tmp_path / "mine.ipynb", "size = 3")
    done = gradlab(layout, "score", str(notebook), "--assignment", "tiny", "--json")
    assert done.returncode == 3
    assert "fault" in done.stderr
    assert done.stdout == ""


def test_grade_fills_the_gradebook_and_leaves_unchanged_work_alone(layout: Layout) -> None:
    """First everything is graded, then nothing; JSON says which, and --fresh grades again."""
    submit(layout, "ada", "size = 3")
    submit(layout, "bob", "size = 4")
    (layout.submitted / "eve" / "tiny").mkdir(parents=True)
    (layout.submitted / "eve" / "tiny" / "tiny.ipynb").write_text("{")
    first = json.loads(gradlab(layout, "grade", "tiny", "--json", "-j", "2").stdout)
    points = {s["student"]: (s["points"], s["origin"]) for s in first["students"]}
    assert points == {"ada": (2, "graded"), "bob": (0, "graded"), "eve": (0, "graded")}
    assert (first["graded"], first["failed_to_run"], first["faults"]) == (3, 1, 0)
    again = json.loads(gradlab(layout, "grade", "tiny", "--json").stdout)
    assert {s["origin"] for s in again["students"]} == {"unchanged"}
    one = gradlab(layout, "grade", "tiny", "--json", "--fresh", "--student", "ada")
    assert [s["student"] for s in json.loads(one.stdout)["students"]] == ["ada"]
    assert (layout.autograded / "ada" / "tiny" / "tiny.ipynb").exists()
    lines = layout.log.read_text().splitlines()
    assert len(lines) == 5  # with the one that the log begins with


def test_grade_of_an_unknown_student_says_so(layout: Layout) -> None:
    """A mistyped student is an error, not an empty batch."""
    submit(layout, "ada", "size = 3")
    done = gradlab(layout, "grade", "tiny", "--student", "adda")
    assert done.returncode == 2
    assert "'adda'" in done.stderr


def test_grade_prints_a_table(layout: Layout) -> None:
    """A person sees how many ended in which way."""
    submit(layout, "ada", "size = 3")
    done = gradlab(layout, "grade", "tiny")
    assert done.returncode == 0, done.stderr
    for word in ("graded", "failed to run", "repaired", "late", "mean 2.00 of 2 points"):
        assert word in done.stdout


def test_an_interrupted_batch_resumes(layout: Layout) -> None:
    """Ctrl-C in the middle leaves what was graded; running again grades the rest, the same."""
    for number in range(12):
        submit(layout, f"s{number:02d}", f"import time; time.sleep(0.5); size = {number}")
    process = subprocess.Popen(
        [*GRADLAB, "grade", "tiny", "-j", "2"],
        env=environment(layout),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # whoever runs the tests in the background has them ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while process.poll() is None and not (layout.log.exists() and layout.log.read_text()):
        time.sleep(0.05)  # until the first line is in the log
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the command again" in output
    before = len(list(Log(layout.log).lines()))
    assert 1 <= before < 12
    again = json.loads(gradlab(layout, "grade", "tiny", "--json").stdout)
    assert len(again["students"]) == 12
    assert again["unchanged"] >= before - 1  # a line may come before what it tells of
    assert {s["student"]: s["points"] for s in again["students"]}["s03"] == 2
    assert sum(s["points"] for s in again["students"]) == 2


def test_verify_says_what_is_not_as_expected(layout: Layout) -> None:
    """A check that lets the untouched notebook pass is found out: exit code 1, with the cell."""
    path = layout.solutions / "tiny" / "checks" / "test_size.py"
    path.write_text(CHECK.replace('assert_number(student["size"], 3)', 'student["size"]'))
    done = gradlab(layout, "verify", "tiny")
    assert done.returncode == 1
    assert "tiny/instructor: as expected" in done.stdout
    assert "tiny/untouched: size: 2 points, expected 0" in done.stdout
    assert "1 of 2 as expected" in done.stdout
    assert "not as expected: tiny/" in done.stdout.splitlines()[-1]


def test_verify_stops_an_assignment_whose_instructor_s_notebook_fails(layout: Layout) -> None:
    """The cause is told once, with its line, and not again for each case that follows from it."""
    case = layout.solutions / "tiny/submissions/wrong_one"
    case.mkdir(parents=True)
    (case / "answers.py").write_text('# %% grade_id="size_answer"\nsize = 1\n')
    path = layout.solutions / "tiny" / "checks" / "test_size.py"
    path.write_text(CHECK.replace("@points(1)", "@pointz(1)"))
    done = gradlab(layout, "verify", "tiny")
    assert done.returncode == 1
    assert done.stdout.count("test_size.py:6: NameError: name 'pointz' is not defined") == 1
    assert "tiny: 4 others are not tried" in done.stdout  # untouched, and three draws of one
    assert "0 of 5 as expected" in done.stdout
    path.write_text(CHECK)
    assert "5 of 5 as expected" in gradlab(layout, "verify", "tiny").stdout
    assert (layout.home / "losses" / "tiny.json").is_file()  # pages compare answers with it


def test_verify_tells_a_fault_of_a_check_once(layout: Layout) -> None:
    """Cases that run into the same mistake of the check's do not repeat it, nor take its time."""
    for number in range(4):
        case = layout.solutions / f"tiny/submissions/wrong_{number}"
        case.mkdir(parents=True)
        (case / "answers.py").write_text('# %% grade_id="size_answer"\nsize = 1\n')
    path = layout.solutions / "tiny" / "checks" / "test_size.py"
    path.write_text(CHECK + '    if student["size"] == 1:\n        undefined\n')
    path.write_text(path.read_text().replace("assert_number(", "assert student.has('size')\n    ("))
    done = gradlab(layout, "verify", "tiny", "--jobs", "1")
    assert done.returncode == 1
    assert (
        done.stdout.count("wrong_0: fault: CheckFault: check test_size of size: test_size.py:") == 1
    )
    assert done.stdout.count(": fault: ") == 1
    assert "others are not tried" in done.stdout


def test_verify_tells_a_slow_check_once(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was when its time was over, it is the same check; another check is another."""
    for size in (1, 2, 4):
        case = layout.solutions / f"tiny/submissions/wrong_{size}"
        case.mkdir(parents=True)
        (case / "answers.py").write_text(f'# %% grade_id="size_answer"\nsize = {size}\n')
    manifest = load_manifest(layout, "tiny")
    known = {one.label: one for one in specimens(manifest, seeds=1)}
    faults = {
        "tiny/wrong_1": fault_of_slow("test_size", 7, 9),
        "tiny/wrong_2": fault_of_slow("test_other", 7, 9),
        "tiny/wrong_4": fault_of_slow("test_size", 8, 7),
    }

    def graded(_order: Order, _place: Place) -> Iterator[Event]:
        for label, fault in faults.items():
            yield Event("done", label, result=Result(Origin.FAULT, fault=fault))

    monkeypatch.setattr(client, "grade", graded)
    known = {label: known[label] for label in faults}
    said = dict(verify._proved(layout, manifest, known, 1, Place()))
    assert said == {
        "tiny/wrong_1": [f"fault: {faults['tiny/wrong_1']}"],
        "tiny/wrong_2": [f"fault: {faults['tiny/wrong_2']}"],
        "tiny/wrong_4": ["the same fault"],
    }


def fault_of_slow(name: str, line: int, again: int) -> str:
    """Return what the grader says of a check that takes too long with right answers, too."""
    stopped = "CheckTimeout: the check used more than"
    return (
        f"check {name} of size: test_size.py:{line}: {stopped} 60 s of processor time; with the "
        f"instructor's answers it needs more than half of what it may (check {name} of size: "
        f"test_size.py:{again}: {stopped} 30 s of processor time). Make the check lighter."
    )


def test_mutants_are_tried_once_and_survivors_are_shown(layout: Layout) -> None:
    """What the check lets pass is listed until it is mended or named; kept results are used."""
    folder = layout.solutions / "tiny"
    (folder / "checks/test_size.py").write_text(
        CHECK.replace('assert_number(student["size"], 3)', 'assert student["size"] > 2')
    )
    done = gradlab(layout, "mutants", "--quiet")
    assert done.returncode == 1
    assert "+ size = 4" in done.stdout
    names = re.findall(r"^(\w{10}) tiny/instructor", done.stdout, re.MULTILINE)
    assert "tiny: 2 of 3 mutants rejected" in done.stdout
    reasons = "".join(f'"{name}" = "it is right, too"\n' for name in names)
    (folder / "mutants.toml").write_text(f"[equal]\n{reasons}")
    grader = "from autograder.grading.grader import Grader"
    no_grading = f"{grader}; Grader.run = None; from autograder.cli import build_app; build_app()()"
    again = subprocess.run(
        [sys.executable, "-c", no_grading, "mutants", "--quiet"],
        env=environment(layout), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert again.returncode == 0, again.stdout + again.stderr
    assert "tiny: 2 of 2 mutants rejected (100.0 %), 1 equal in effect" in again.stdout
    assert "tiny: 2 of 2 mutants" in gradlab(layout, "verify").stdout
    (folder / "mutants.toml").write_text(f'[equal]\n{reasons}"0123456789" = "gone"\n')
    assert "names 0123456789, which no mutant has" in gradlab(layout, "mutants").stdout


def test_verify_of_a_sound_assignment_passes(layout: Layout) -> None:
    """Full marks for the instructor, none for the untouched notebook."""
    done = gradlab(layout, "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 as expected" in done.stdout


def test_help_imports_nothing_heavy(layout: Layout) -> None:
    """`gradlab --help` stays quick because it does not load what it does not need."""
    code = (
        "import sys\nfrom autograder.cli import build_app\nbuild_app()\n"
        "heavy = {'torch', 'numpy', 'nbgrader', 'jupyterhub', 'IPython', 'sqlalchemy', 'jupytext',"
        " 'rich.progress', 'nbformat', 'distributed'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_an_unchanged_class_loads_nothing_to_grade_with(layout: Layout) -> None:
    """Looking whether anything is to be done does not load what would do it."""
    submit(layout, "ada", "size = 3")
    assert gradlab(layout, "grade", "tiny").returncode == 0
    code = (
        "import contextlib, sys\nfrom autograder.cli import main\n"
        "sys.argv = ['gradlab', 'grade', 'tiny', '--json']\n"
        "with contextlib.suppress(SystemExit):\n    main()\n"
        "print(sorted({'torch', 'numpy', 'nbgrader'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(layout), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    summary, loaded = done.stdout.splitlines()
    assert (json.loads(summary)["unchanged"], loaded) == (1, "[]")


@pytest.mark.slow
def test_replay_gives_the_same_bytes(layout: Layout) -> None:
    """By key whatever is submitted now; a changed check is said instead of another answer."""
    submit(layout, "ada", "size = 3")
    assert gradlab(layout, "grade", "tiny").returncode == 0
    (key,) = ReportStore(layout.graded)
    data = ReportStore(layout.graded).report_bytes(key)
    submit(layout, "ada", "size = 4")
    done = gradlab(layout, "replay", key, "--json")
    assert (done.returncode, done.stdout.encode()) == (0, data)
    assert "the same bytes as the report of ada" in done.stderr
    assert gradlab(layout, "replay", "2").returncode == 0
    lines = layout.log.read_text()
    layout.log.write_text(lines.replace('"report": "', '"report": "0'))
    assert gradlab(layout, "replay", "2").returncode == 1
    check = layout.solutions / "tiny" / "checks" / "test_size.py"
    check.write_text(CHECK.replace("3)", "4)"))
    done = gradlab(layout, "replay", "2")
    assert done.returncode == 2
    assert "the checks of size have changed" in done.stderr


def test_a_folder_that_can_be_no_student_is_a_result_and_an_exit_code(layout: Layout) -> None:
    """It is named, counted and in the JSON; others are graded; nothing is called interrupted."""
    submit(layout, "ada", "size = 3")
    submit(layout, "eve+mallory", "size = 3")
    done = gradlab(layout, "grade", "tiny")
    assert done.returncode == 2
    assert "interrupted" not in done.stdout
    assert "2 of 2 submissions" in done.stdout
    assert "a plus sign" in done.stderr
    again = gradlab(layout, "grade", "tiny", "--json")
    assert again.returncode == 2
    said = json.loads(again.stdout)
    assert (said["submitted"], said["unusable"], said["faults"]) == (2, 1, 0)
    ada, eve = said["students"]
    assert (ada["points"], eve["points"], eve["origin"]) == (2, None, "unusable")
    assert "cannot be used" in eve["fault"]
