"""People who log in at the same moment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "logins.py"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_more_people_than_places_all_get_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six people come at once where four servers start at a time: nobody is sent away."""
    monkeypatch.delenv("GRADLAB_COURSE", raising=False)
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--people", "6", "--patience", "600"],
        capture_output=True, text=True, check=False, timeout=850,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["served"] == 6
    assert result["session_megabytes"] > 10
