"""How quickly `gradlab --help` answers: processor and wall time, and what it imports.

Prints one JSON object. The median of several calls; the first one, which reads files from the disk,
is not counted.

    python benchmarks/command_line.py --calls 15
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

GRADLAB = str(Path(sys.executable).parent / "gradlab")
HEAVY = ("torch", "numpy", "sympy", "nbgrader", "jupyterhub", "sqlalchemy", "IPython", "pytest")
IMPORTED = "import sys; from autograder.cli import build_app; build_app(); print(*sys.modules)"


def call() -> tuple[float, float]:
    """Return processor and wall seconds of one call."""
    begin = time.perf_counter()
    program = subprocess.Popen([GRADLAB, "--help"], stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        sys.exit(f"gradlab --help failed with {program.returncode}")
    return used.ru_utime + used.ru_stime, time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=15)
    number = parser.parse_args().calls
    call()
    cpu, wall = zip(*(call() for _ in range(number)), strict=True)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    result = {
        "benchmark": "command_line",
        "calls": number,
        "help_cpu_seconds": round(statistics.median(cpu), 3),
        "help_wall_seconds": round(statistics.median(wall), 3),
        "modules": len(modules),
        "heavy_modules": [name for name in HEAVY if name in modules],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
