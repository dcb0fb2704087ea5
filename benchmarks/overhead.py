"""Processor time per submission against a bare warm fork of the same cells and checks.

The floor is a process that has torch and the checks loaded, forks for each submission and executes
the cells; after each graded one it forks again, and there calls that cell's checks when all cells
have run: no isolation, no wire, no report. Without the inner forks it is the plain floor. Ours is
all that `Grader` costs: the servers, the confined processes, the check process and this one. All
are measured in turns in one run. Prints one JSON object.

    python benchmarks/overhead.py --submissions 40
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import shutil
import tempfile
import time
import types
from pathlib import Path
from typing import Any

from batch_vs_nbgrader import ASSIGNMENT, COURSE, answers

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.prepare import Prepared

TICKS = os.sysconf("SC_CLK_TCK")


Checks = dict[str, list[types.FunctionType]]


def check_functions(manifest: Manifest) -> Checks:
    """Import the check files and return the checks of each graded cell."""
    found: Checks = {}
    for grade_id, path in manifest.checks.items():
        names: dict[str, Any] = {}
        exec(compile(path.read_text(), str(path), "exec"), names)
        tests = [n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
        found[grade_id] = [names[name] for name in tests if name.startswith("test_")]
    return found


def floor_seconds(prepared: Prepared, checks: Checks, *, branching: bool) -> float:
    """Return the processor seconds of one bare fork."""
    pid = os.fork()
    if pid == 0:
        try:
            _run_bare(prepared, checks, branching=branching)
        finally:
            os._exit(0)
    used = os.wait4(pid, 0)[2]
    return used.ru_utime + used.ru_stime


def _run_bare(prepared: Prepared, checks: Checks, *, branching: bool) -> None:
    names: dict[str, object] = {}
    branches: list[int] = []
    reader, writer = os.pipe()
    code = [cell for cell in prepared.notebook.cells if cell.cell_type == "code"]
    for cell in code:
        with contextlib.suppress(Exception):  # a wrong answer
            exec(compile(cell.source, cell.cell_id, "exec"), names)
        if cell.cell_id in checks and branching and cell is not code[-1]:
            pid = os.fork()
            if pid == 0:
                os.close(writer)
                os.read(reader, 1)  # until all cells have run
                _check_bare(names, checks[cell.cell_id])
                return
            branches.append(pid)
        elif cell.cell_id in checks:
            _check_bare(names, checks[cell.cell_id])
    os.close(writer)
    for pid in branches:
        os.waitpid(pid, 0)


def _check_bare(names: dict[str, object], checks: list[types.FunctionType]) -> None:
    import numpy as np
    import torch

    student = types.SimpleNamespace(**names)
    for check in checks:
        fixtures = {
            "student": student,
            "generator": torch.Generator().manual_seed(1),
            "rng": np.random.default_rng(1),
        }
        wanted = check.__code__.co_varnames[: check.__code__.co_argcount]
        try:
            check(**{name: fixtures[name] for name in wanted})
        except Exception:  # noqa: BLE001  # a wrong answer
            continue


def servers(pid: int) -> list[int]:
    """Return the processes below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *servers(child)]
    return found


def used(pids: list[int]) -> float:
    """Return the processor seconds of processes and of their ended children."""
    stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    return sum(int(value) for fields in stats for value in fields[11:15]) / TICKS


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=40)
    number = parser.parse_args().submissions
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "course"
        shutil.copytree(COURSE, root)
        layout = Layout(root, root / "var")
        manifest = load_manifest(layout, ASSIGNMENT)
        preparer = Preparer(layout, "full")
        data = [
            notebook_bytes(submission_notebook(manifest, answers(manifest, student)))
            for student in range(number + 2)
        ]
        with Grader(preparer, [ASSIGNMENT]) as grader:
            for warming in data[:2]:
                grader.run(preparer.prepare(ASSIGNMENT, warming))
            import torch
            import torch._dynamo

            torch.set_num_threads(1)
            torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
            checks = check_functions(manifest)
            floor = plain = ours = wall = 0.0
            below = servers(os.getpid())
            before = used(below)
            for one in data[2:]:
                bare = preparer.prepare(ASSIGNMENT, one)
                floor += floor_seconds(bare, checks, branching=True)
                plain += floor_seconds(bare, checks, branching=False)
                own, began = time.process_time(), time.perf_counter()
                grader.run(preparer.prepare(ASSIGNMENT, one))
                wall += time.perf_counter() - began
                ours += time.process_time() - own  # threads included
            ours += used(below) - before
    result = {
        "benchmark": "overhead",
        "submissions": number,
        "floor_cpu_ms": round(floor / number * 1000, 1),
        "floor_without_branches_cpu_ms": round(plain / number * 1000, 1),
        "gradlab_cpu_ms": round(ours / number * 1000, 1),
        "gradlab_wall_ms": round(wall / number * 1000, 1),
        "ratio": round(ours / floor, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
