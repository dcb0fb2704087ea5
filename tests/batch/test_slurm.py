"""`gradlab grade --cluster slurm` on a real Slurm of one node, started for this test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Layout
from autograder.course.manifest import Manifest

from ..slurm_server import NEEDS_SLURM, SBIN, SlurmServer
from .conftest import stored_reports, submission

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), NEEDS_SLURM]
GRADLAB = str(Path(sys.executable).parent / "gradlab")


def test_a_batch_on_slurm_gives_the_local_reports(
    slurm: SlurmServer, layout: Layout, manifest: Manifest, tmp_path: Path
) -> None:
    """Two Slurm jobs grade; reports are byte for byte local ones, and no job stays behind."""
    answers = ["return 2 * x", "return 3 * x", "return 1 / 0", "import os; os._exit(1)"]
    for number in range(8):
        folder = layout.submitted / f"s{number}" / "tiny"
        folder.mkdir(parents=True)
        code = f"{answers[number % 4]} # {number}"
        (folder / "tiny.ipynb").write_bytes(submission(manifest, number, code))
    shared = tmp_path / "shared"
    shared.mkdir()
    env = {name: v for name, v in slurm.environment.items() if not name.startswith("GRADLAB_")} | {
        "GRADLAB_COURSE": str(layout.root),
        "GRADLAB_HOME": str(layout.home),
        "GRADLAB_CLUSTER_MEMORY": "900MB",
        "GRADLAB_CLUSTER_WAIT": "120",
        "GRADLAB_SLURM_PARTITION": "grading",
        "GRADLAB_SLURM_INTERFACE": "lo",
        "GRADLAB_SLURM_SHARED": str(shared),
        "GRADLAB_SLURM_LOGS": str(tmp_path / "logs"),
        "GRADLAB_SLURM_DIRECTIVES": "--comment='graded by gradlab'",
        "PATH": f"{Path(sys.executable).parent}:{SBIN}",
    }
    command = [GRADLAB, "grade", "tiny", "--json", "--jobs", "2"]
    done = subprocess.run(
        [*command, "--cluster", "slurm"], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    logs = "\n".join(path.read_text()[-3000:] for path in (tmp_path / "logs").glob("*"))
    assert done.returncode == 0, f"{done.stderr}\n{logs}\n{slurm.log()}"
    assert json.loads(done.stdout)["graded"] == 8
    assert logs.count("Starting Worker plugin gradlab-") >= 1, logs
    on_slurm = stored_reports(layout)
    assert len(on_slurm) == 8
    again = subprocess.run([*command, "--fresh"], env=env, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert stored_reports(layout) == on_slurm
    slurm.wait_until_no_jobs()
    assert list(shared.iterdir()) == []
