"""The attacks of `tests/security` against stock nbgrader and against gradlab.

The stock course has the same exercises; its hidden tests are the same checks with the same inputs,
run in the test cells, and compare by plain asserts, as nbgrader's own examples do. Each attack gets
a course of its own, so that it can harm no other. Attacks that would harm the machine (bombs,
endless loops, signals to everybody) or that speak gradlab's own protocol are left out. Prints a
table, or JSON.

    python benchmarks/attacks.py [--json] [--write] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Layout, load_manifest, notebook_bytes, release_notebook
from autograder.course.manifest import Manifest, Role
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "attacks.md"
SECONDS = 120
HONEST = (
    ("recurrent", ("bptt_answer", "clip_answer"), 6.0),
    ("sequences", ("choice_answer", "bidirectional_answer"), 4.0),
    ("convolution", ("output_side", "conv_output_size", "convolve"), 9.0),
    ("backpropagation", ("dz_dx", "graph_tables", "network_gradients"), 10.0),
)
STOCK_TESTS = '''
### BEGIN HIDDEN TESTS
import numpy as np
import torch


class _Student:
    """The names of the notebook, as the checks ask for them."""

    def __getattr__(self, name):
        return globals()[name]

    def __getitem__(self, name):
        return globals()[name]


def _fixtures():
    torch_generator = torch.Generator().manual_seed(1)
    return {{"student": _Student(), "generator": torch_generator, "seed": 1,
            "rng": np.random.default_rng(1)}}


GRADIENT = FLOAT32 = FLOAT64 = EXACT = CONVOLUTION = AUTOGRAD = None


def points(*_):
    return lambda check: check


hint = points


def unpack(value, count, *_):
    assert len(value) == count
    return value


def assert_close(actual, expected, **_):
    actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
    assert actual.shape == expected.shape
    assert torch.allclose(actual.double(), expected.double(), rtol=1e-3, atol=1e-5)


def assert_number(actual, expected, **_):
    assert abs(actual - expected) < 1e-6


def assert_choice(actual, expected, **_):
    assert actual == expected


def assert_tensor(value, shape, **_):
    assert tuple(value.shape) == tuple(shape)
    return torch.as_tensor(value)


def assert_trace(rows, expected, columns, steps=None, **_):
    if isinstance(rows, dict):
        rows = [[rows[step]] for step in steps]
    assert np.allclose(np.array(rows, dtype=float), np.array(expected, dtype=float), atol=1e-6)


def assert_symbolic(value, expected, **_):
    import sympy

    assert sympy.simplify(sympy.sympify(value) - sympy.sympify(expected)) == 0


def assert_not_used(*_, **__):
    pass


def assert_unchanged(function, *args, **kwargs):
    return function(*args, **kwargs)


def called_twice(function, first, second):
    return function(*first), function(*second)


def ways_to_call(arguments):
    return [(tuple(arguments.values()), {{}}), ((), dict(arguments))]


def around(value):
    return 0.98 * value, value, 1.02 * value


def assert_raises(error, function, *args, what="", **kwargs):
    try:
        function(*args, **kwargs)
    except error:
        return
    assert False, what


{checks}
for _name, _wanted in {names}:
    _made = _fixtures()
    globals()[_name](**{{key: _made[key] for key in _wanted}})
### END HIDDEN TESTS'''


def load_catalogue() -> Any:
    """Return the module that reads the attack files."""
    path = ROOT / "tests" / "security" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("security_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def stock_notebook(manifest: Manifest) -> nbformat.NotebookNode:
    """Return the stock course's source: the checks stand as hidden tests in the graded cells."""
    notebook = nbformat.from_dict(release_notebook(manifest))
    for cell in notebook.cells:
        cell.metadata.nbgrader.pop("checksum", None)
        path = manifest.checks.get(cell.id)
        if path is not None:
            tree = ast.parse(path.read_text())
            tree.body = [n for n in tree.body if not _of_checking(n)]
            text = ast.unparse(tree)
            tests = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
            names = [
                (node.name, [argument.arg for argument in node.args.args])
                for node in tests
                if node.name.startswith("test_")
            ]
            cell.source += STOCK_TESTS.format(checks=text, names=names)
    return notebook


def _of_checking(node: ast.stmt) -> bool:
    """Return whether a statement imports what stands in `STOCK_TESTS`."""
    return (getattr(node, "module", "") or "").startswith("autograder.checking")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of nbgrader's in a course."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GRADLAB_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip


def make_stock_course(manifest: Manifest, folder: Path) -> None:
    """Make a stock course with this one assignment."""
    source = folder / "source" / manifest.assignment
    source.mkdir(parents=True)
    nbformat.write(stock_notebook(manifest), source / manifest.notebook_name)
    config = (
        "c = get_config()\nc.CourseDirectory.course_id = 'b'\nc.ExecutePreprocessor.timeout = 40\n"
    )
    (folder / "nbgrader_config.py").write_text(config)
    done = run(["generate_assignment", manifest.assignment], folder)
    if done.returncode:
        sys.exit(done.stderr[-3000:])


def stock_points(template: Path, folder: Path, manifest: Manifest, notebook: bytes) -> float | str:
    """Return what stock nbgrader gives for a notebook, or what became of the command."""
    shutil.copytree(template, folder)
    place = folder / "submitted" / "mallory" / manifest.assignment
    place.mkdir(parents=True)
    (place / manifest.notebook_name).write_bytes(notebook)
    try:
        run(["autograde", manifest.assignment], folder)
    except subprocess.TimeoutExpired:
        return "did not end"
    try:
        with sqlite3.connect(folder / "gradebook.db") as database:
            rows = database.execute("SELECT auto_score FROM grade").fetchall()
    except sqlite3.Error as error:
        return f"gradebook destroyed ({error})"
    if not any(row[0] is not None for row in rows):
        return "no grade"
    return round(sum(row[0] or 0.0 for row in rows), 3)


def main() -> None:
    """Attack both and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the result into the docs")
    parser.add_argument("--table", action="store_true", help="only renew the docs' list of attacks")
    parser.add_argument("--only", nargs="*", help="attacks by name; default: all that can be run")
    options = parser.parse_args()
    catalogue = load_catalogue()
    if options.table:
        PAGE.write_text(_between(PAGE.read_text(), "attacks", catalogue.table()))
        return
    every = [*honest_submissions(catalogue), *catalogue.all_attacks()]
    attacks = [a for a in every if (a.name in options.only if options.only else a.stock == "run")]
    names = sorted({attack.assignment for attack in attacks})
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as after:
        after.callback(remove_strays)
        folder = Path(name)
        shutil.copytree(ROOT / "solutions", folder / "course" / "solutions")
        layout = Layout(folder / "course", folder / "course" / "var")
        manifests = {one: load_manifest(layout, one) for one in names}
        preparer = Preparer(layout, isolation_level())
        ours, rows = {}, []
        with Grader(preparer, names) as grader:
            for attack in attacks:
                given = {"PLACES": repr([str(layout.solutions)]), "GRADER": "999999"}
                made = notebook_bytes(attack.notebook(manifests[attack.assignment], given))
                ours[attack.name] = grader.run(preparer.prepare(attack.assignment, made)).points
        for one in names:
            make_stock_course(manifests[one], folder / "stock" / one)

        def stock(attack: Any) -> float | str:
            manifest = manifests[attack.assignment]
            own = folder / "mallory" / attack.name
            own.parent.mkdir(exist_ok=True)
            given = {"PLACES": repr([str(own)]), "GRADER": "999999"}
            made = notebook_bytes(attack.notebook(manifest, given))
            return stock_points(folder / "stock" / attack.assignment, own, manifest, made)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for attack, theirs in zip(attacks, pool.map(stock, attacks), strict=True):
                graded = [c for c in manifests[attack.assignment].cells if c.role is Role.GRADED]
                rows.append(
                    {
                        "attack": attack.name,
                        "tries": attack.tries,
                        "possible": sum(cell.points for cell in graded),
                        "earned_honestly": sum(attack.points.values()),
                        "nbgrader": theirs,
                        "gradlab": ours[attack.name],
                    }
                )
    if options.write:
        PAGE.write_text(_between(PAGE.read_text(), "benchmark", as_table(rows)))
    if options.json:
        print(json.dumps({"benchmark": "attacks", "attacks": rows}))
        return
    print(as_table(rows))


def remove_strays() -> None:
    """Remove what attacks wrote outside of their course, where nothing held them."""
    for folder in (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):
        for path in [
            *folder.glob("*.json*"),
            *folder.glob("gradebook.db"),
            *folder.glob("attack-*"),
        ]:
            if path.is_file() and (
                path.name.startswith("attack-")
                or path.read_bytes().startswith(b'{"points": 8, "verdict": "passed"')
            ):
                path.unlink()


def as_table(rows: list[dict[str, Any]]) -> str:
    """Return the result as a markdown table."""
    lines = ["| attack | points to get | stock nbgrader | gradlab |", "|---|---|---|---|"]
    for row in rows:
        theirs = row["nbgrader"]
        shown = theirs if isinstance(theirs, str) else f"{theirs:g}"
        lines.append(f"| `{row['attack']}` | {row['possible']:g} | {shown} | {row['gradlab']:g} |")
    return "\n".join(lines)


def honest_submissions(catalogue: Any) -> list[Any]:
    """Return what must get full marks from both, so that the comparison is one."""
    made = []
    for name, answers, points in HONEST:
        made.append(
            catalogue.Attack(
                f"honest {name}", (), "Answer honestly.", "", name, (), answers, {"all": points}
            )
        )
    return made


def _between(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, rest = page.split(begin)
    return f"{head}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


if __name__ == "__main__":
    main()
