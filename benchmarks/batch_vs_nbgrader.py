"""Batch grading against stock `nbgrader autograde`: same exercises, same answers, same machine.

Both grade the same submissions into a gradebook and an autograded folder; gradlab with isolation,
checks outside the student's process, reports and the log. The stock course has the same checks as
hidden tests in its cells. gradlab is measured three times: "cold" is the first command of a day,
which starts the grading service; "fresh_service" is the first one that a running service is asked
for, which has no servers yet; "warm" is any later one, which grades and records all anew. The speed
of a machine changes within minutes, so "warm" is the median of three runs, one before and two after
nbgrader's. Prints one JSON object.

    python benchmarks/batch_vs_nbgrader.py --submissions 60
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from autograder.course import Layout, build, load_manifest, release_notebook, submission_notebook
from autograder.course.manifest import Manifest, Role
from autograder.gradebook import GradebookWriter
from autograder.service.client import Place
from autograder.service.place import FOLDER

COURSE = Path(__file__).parent / "course"
ASSIGNMENT = "six_exercises"
WRONG = {  # answer cell -> (what a right answer has, what a wrong one has instead)
    "output_size_answer": ("// stride + 1", "// stride"),
    "clip_answer": ("gradient.norm()", "gradient.abs().max()"),
    "bidirectional_answer": ("backward[::-1]", "backward"),
    "lstm_answer": ("torch.tanh(c), c", "c, c"),
    "attention_answer": (" / keys.shape[-1] ** 0.5", ""),
    "training_answer": ("loss.backward()", "loss.detach()"),
}
STOCK_SHIM = """
### BEGIN HIDDEN TESTS
import types
student = types.SimpleNamespace(**globals())
generator = torch.Generator().manual_seed(0)
rng = np.random.default_rng(0)
def points(weight):
    return lambda check: check
def assert_number(actual, expected):
    assert abs(actual - expected) < 1e-6
def assert_close(actual, expected):
    torch.testing.assert_close(torch.as_tensor(actual), torch.as_tensor(expected))
{checks}
### END HIDDEN TESTS"""


def answers(manifest: Manifest, number: int) -> dict[str, str]:
    """Return the answers of one student: all right or one wrong, unlike any other's."""
    made = {}
    for place, cell in enumerate(c for c in manifest.cells if c.role is Role.ANSWER):
        lines = [line for line in cell.solution.splitlines() if "### " not in line]
        text = "\n".join(lines)
        if number % 7 == place:
            right, wrong = WRONG[cell.cell_id]
            assert right in text, cell.cell_id
            text = text.replace(right, wrong)
        made[cell.cell_id] = f"{text}\n# student {number}"
    return made


def hidden_tests(path: Path) -> str:
    """Return a check file as the text of a stock hidden test."""
    source = path.read_text()
    body, calls = [], []
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            body.append("\n".join(source.splitlines()[start - 1 : node.end_lineno]))
            if node.name.startswith("test_"):
                calls.append(f"{node.name}({', '.join(a.arg for a in node.args.args)})")
    return STOCK_SHIM.format(checks="\n".join(body + calls))


def stock_notebook(manifest: Manifest) -> nbformat.NotebookNode:
    """Return the instructor's notebook of the stock course, hidden tests in its graded cells."""
    notebook = nbformat.from_dict(release_notebook(manifest))
    for cell in notebook.cells:
        cell.metadata.nbgrader.pop("checksum", None)
        if cell.id in manifest.checks:
            cell.source += hidden_tests(manifest.checks[cell.id])
    return notebook


def stock_course(manifest: Manifest, folder: Path, number: int) -> None:
    """Make a course of stock nbgrader with `number` submissions."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    nbformat.write(stock_notebook(manifest), source / manifest.notebook_name)
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'b'\n"
    )
    run([*NBGRADER, "generate_assignment", ASSIGNMENT], folder)
    release = nbformat.read(folder / "release" / ASSIGNMENT / manifest.notebook_name, 4)
    for student in range(number):
        made = answers(manifest, student)
        for cell in release.cells:
            cell.source = made.get(cell.id, cell.source)
        place = folder / "submitted" / f"s{student:04d}" / ASSIGNMENT
        place.mkdir(parents=True)
        nbformat.write(release, place / manifest.notebook_name)


def submit(manifest: Manifest, layout: Layout, number: int) -> None:
    """Put `number` submissions into our course."""
    for student in range(number):
        place = layout.submitted / f"s{student:04d}" / ASSIGNMENT
        place.mkdir(parents=True)
        notebook = nbformat.from_dict(submission_notebook(manifest, answers(manifest, student)))
        nbformat.write(notebook, place / manifest.notebook_name)


def measure(
    manifest: Manifest, layout: Layout, jobs: int, stock: Path
) -> tuple[dict[str, float], list[float], float]:
    """Return the seconds that gradlab takes, those of its warm runs, and those of nbgrader."""
    command = [*GRADLAB, "grade", ASSIGNMENT, "--jobs", str(jobs), "--json"]

    def anew() -> float:
        return run([*command, "--fresh"], layout.root)

    make_gradebook(manifest, layout)
    with no_service():
        seconds = {"cold": run(command, layout.root)}
    with no_service():
        seconds["cold_again"] = run(command, layout.root)
    make_gradebook(manifest, layout)
    with service(layout):
        seconds["fresh_service"] = run(command, layout.root)
        warm = [anew()]
        nbgrader = run([*NBGRADER, "autograde", ASSIGNMENT], stock)
        warm += [anew(), anew()]
        seconds["warm"] = statistics.median(warm)
        seconds["warm_again"] = run(command, layout.root)
    return seconds, warm, nbgrader


def make_gradebook(manifest: Manifest, layout: Layout) -> None:
    """Forget all that was graded; nbgrader's gradebook exists, too, before it grades.

    No service may run: it has the gradebook open. Folders are moved away, not removed: where many
    files were just removed, ext4 makes new ones slowly for minutes, and nothing was removed before
    nbgrader grades.
    """
    earlier = Path(tempfile.mkdtemp(prefix="earlier-", dir=layout.home))
    for folder in (layout.graded, layout.autograded):
        if folder.exists():
            folder.rename(earlier / folder.name)
    for file in (
        *layout.home.glob("gradebook.db*"),
        layout.log,
    ):  # SQLite's own files beside it, too
        file.unlink(missing_ok=True)
    with GradebookWriter(layout) as writer:
        writer.register(manifest)


def environment() -> dict[str, str]:
    """Return the environment of the commands: no setting of gradlab's but where the service is."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_") or k == FOLDER}
    return plain | {"PATH": f"{Path(sys.executable).parent}:{plain['PATH']}"}


@contextmanager
def no_service() -> Iterator[None]:
    """Let the first command in the block start a grading service, which ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            answer = Place().ask("status")
            if answer is not None:
                pidfd = os.pidfd_open(answer["pid"])
                signal.pidfd_send_signal(pidfd, signal.SIGTERM)
                select.select([pidfd], [], [], 60)
                os.close(pidfd)
            del os.environ[FOLDER]


@contextmanager
def service(layout: Layout) -> Iterator[None]:
    """Run a grading service while the block runs."""
    with no_service():
        process = subprocess.Popen(
            [*GRADLAB, "grader"],
            cwd=layout.root,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            if "ready" not in process.stdout.readline():
                sys.exit("the grading service did not start")
            yield
        finally:
            process.terminate()
            process.communicate()


def run(command: list[str], folder: Path) -> float:
    """Run a command to its end and return its wall seconds."""
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return seconds


NBGRADER = [sys.executable, "-m", "nbgrader"]
GRADLAB = [str(Path(sys.executable).parent / "gradlab")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument(
        "--stock-submissions", type=int, help="fewer for the slow side; default all"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    stock_number = options.stock_submissions or options.submissions
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "ours"
        shutil.copytree(COURSE, root)
        layout = Layout(root, root / "var")
        build(layout, [ASSIGNMENT])
        manifest = load_manifest(layout, ASSIGNMENT)
        submit(manifest, layout, options.submissions)
        stock_course(manifest, Path(name) / "stock", stock_number)
        ours, warm, stock = measure(manifest, layout, options.jobs, Path(name) / "stock")
    each_stock = stock / stock_number
    each = {way: ours[way] / options.submissions for way in ("cold", "fresh_service", "warm")}
    result = {
        "benchmark": "batch_vs_nbgrader",
        "submissions": options.submissions,
        "stock_submissions": stock_number,
        "jobs": options.jobs,
        "nbgrader_seconds": round(stock, 3),
        "nbgrader_seconds_per_submission": round(each_stock, 4),
        "seconds": {way: round(one, 3) for way, one in ours.items()},
        "warm_seconds": [round(one, 3) for one in warm],
        "seconds_per_submission": {way: round(one, 4) for way, one in each.items()},
        "ratio": {way: round(each_stock / one, 1) for way, one in each.items()},
        "regrade_ratio": {
            "cold": round(ours["cold"] / ours["cold_again"], 1),
            "warm": round(ours["warm"] / ours["warm_again"], 1),
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
