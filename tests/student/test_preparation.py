"""What a server makes of libraries that the process it was forked from had imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, os, sys
import matplotlib.pyplot
from matplotlib import font_manager, style

os.environ["MPLCONFIGDIR"] = sys.argv[1]
gone = font_manager.FontEntry(fname="/nowhere/font.ttf", name="Gone")
font_manager.fontManager.ttflist.append(gone)
from autograder.student.preparation import prepare
prepare(())
print(json.dumps({
    "folders": [matplotlib.get_configdir(), matplotlib.get_cachedir(), *style.USER_LIBRARY_PATHS],
    "backend": matplotlib.rcParams["backend"],
    "gone": gone in font_manager.fontManager.ttflist,
    "fonts": len(font_manager.fontManager.ttflist),
}))
"""


def test_matplotlib_knows_the_servers_own_folders_and_fonts(tmp_path: Path) -> None:
    """Nothing that a notebook can print tells of the process before, or differs from run to run."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(ours)],
        env={"PATH": os.environ["PATH"], "HOME": str(theirs), "MPLCONFIGDIR": str(theirs)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["folders"] == [str(ours), str(ours), str(ours / "stylelib")]
    assert told["backend"] == "module://matplotlib_inline.backend_inline"
    assert not told["gone"]
    assert told["fonts"] > 30  # matplotlib brings them
