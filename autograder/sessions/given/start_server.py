#!/usr/bin/env python3
"""Start a person's notebook server; the hub gives this file to sessions, whatever they run on.

    python /etc/gradlab/start_server.py ARGUMENTS OF jupyterhub-singleuser

What it guarantees:

- It is `jupyterhub-singleuser`, started in about half the time: what a session never uses and takes
  long to load is left out.
- A new home opens JupyterLab with the list of assignments, not with a launcher full of choices.
- A home in which Jupyter ran before is left exactly as its owner left it.

It knows nothing else of gradlab, because sessions have nothing else.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

WORKSPACE = "default"
ASSIGNMENTS = "nbgrader-assignment-list:nbgrader-assignment-list"


def leave_out() -> None:
    """Load JupyterLab without what a session never uses.

    jsonschema takes `rfc3987_syntax` where it is installed, to check international addresses in
    data that says it has some. Loading it makes a parser of a large grammar, for over a second.

    JupyterLab, when it is imported, asks a `node` on the search path which registry yarn has. It
    would download sources from there if this server built JupyterLab anew.
    """
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # as if it were not installed
    path = os.environ.pop("PATH", None)
    os.environ["PATH"] = os.devnull  # without one, the system's own folders would be searched
    try:
        importlib.import_module("jupyterlab.labapp")  # it asks now, and finds nobody
    finally:
        del os.environ["PATH"]
        if path is not None:
            os.environ["PATH"] = path


def make_workspace(home: Path) -> None:
    """Write the first layout of JupyterLab into a home in which Jupyter never ran."""
    if (home / ".jupyter").exists():
        return
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    folder = home / ".jupyter" / "lab" / "workspaces"
    folder.mkdir(parents=True)
    WorkspacesManager(str(folder)).save(WORKSPACE, json.dumps(first_workspace()))


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


def main() -> None:
    """Prepare, then be the server."""
    leave_out()
    make_workspace(Path.home())
    from jupyterhub.singleuser import main as serve

    serve()


if __name__ == "__main__":
    main()
