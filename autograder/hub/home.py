"""A person's home: what a first login finds.

What it guarantees:

- A new home opens JupyterLab with the list of assignments, not with a launcher full of choices.
- A home that exists is left exactly as its owner left it.
"""

from __future__ import annotations

import json
from pathlib import Path

from jupyterlab_server.workspaces_handler import WorkspacesManager

WORKSPACE = "default"
ASSIGNMENTS = "nbgrader-assignment-list:nbgrader-assignment-list"


def make_home(home: Path) -> None:
    """Make a home if there is none yet."""
    if home.is_dir():
        return
    home.mkdir(mode=0o700, parents=True)
    workspaces = home / ".jupyter" / "lab" / "workspaces"
    workspaces.mkdir(parents=True)
    WorkspacesManager(str(workspaces)).save(WORKSPACE, json.dumps(first_workspace()))


def first_workspace() -> dict[str, object]:
    """Return JupyterLab's layout with the list of assignments open and the file browser beside."""
    return {
        "data": {
            "layout-restorer:data": {
                "main": {
                    "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [ASSIGNMENTS]},
                    "current": ASSIGNMENTS,
                },
                "left": {
                    "collapsed": False,
                    "visible": True,
                    "current": "filebrowser",
                    "widgets": ["filebrowser"],
                },
                "right": {"collapsed": True, "visible": True, "widgets": []},
                "relativeSizes": [0.2, 0.8, 0],
            },
            ASSIGNMENTS: {"data": {}},
        },
        "metadata": {"id": WORKSPACE},
    }
