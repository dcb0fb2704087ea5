"""The same tests on another kernel: Debian's, with control groups of version 2 and Landlock 2."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from . import virtual_machine

ROOT = Path(__file__).parents[2]
FILES = ("cgroups", "limits", "view", "landlock", "ordinary_user")
SECONDS = 900  # takes two to three minutes
SKIPPED = re.compile(r"^SKIPPED \[\d+\] (.*)$", re.M)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.skipif(bool(virtual_machine.missing()), reason=virtual_machine.missing())
def test_the_sandbox_holds_on_debians_kernel(tmp_path):
    """All layers, limits by version 2 groups, and the same without root; nothing is left out."""
    files = " ".join(f"tests/sandbox/test_{name}.py" for name in FILES)
    status, said = virtual_machine.run(
        f"export PATH={Path(sys.executable).parent}:/usr/bin:/bin HOME=/root\n"
        f"cd {ROOT}\n"
        f"pytest -p no:cacheprovider -p no:randomly --color=no --tb=short -q -rs {files} 2>&1\n",
        tmp_path,
        SECONDS,
    )
    print(said)
    assert status == 0
    skipped = SKIPPED.findall(said)
    assert skipped == [reason for reason in skipped if "Landlock before version" in reason]
