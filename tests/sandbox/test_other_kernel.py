"""The same tests on another kernel: Debian's, with control groups of version 2 and Landlock 2."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from . import virtual_machine

ROOT = Path(__file__).parents[2]
TESTS = (
    "test_cgroups.py",
    "test_limits.py",
    "test_view.py",
    "test_landlock.py",
    "test_ordinary_user.py::test_an_ordinary_user_has_control_groups_where_one_is_delegated",
)
SECONDS = 1200  # takes three to four minutes of processor time
SKIPPED = re.compile(r"^SKIPPED \[\d+\] (.*)$", re.M)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.skipif(bool(virtual_machine.missing()), reason=virtual_machine.missing())
def test_the_sandbox_holds_on_debians_kernel(tmp_path):
    """All layers, limits by version 2 groups, and the same without root; nothing is left out."""
    tests = " ".join(f"tests/sandbox/{name}" for name in TESTS)
    status, said = virtual_machine.run(
        f"export PATH={Path(sys.executable).parent}:/usr/bin:/bin HOME=/root\n"
        f"cd {ROOT}\n"
        f"pytest -p no:cacheprovider -p no:randomly --color=no --tb=short -q -rs {tests} 2>&1\n",
        tmp_path,
        SECONDS,
    )
    print(said)
    assert status == 0
    skipped = SKIPPED.findall(said)
    assert skipped == [reason for reason in skipped if "Landlock before version" in reason]
