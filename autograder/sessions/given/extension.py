"""The JupyterLab extension of all sessions: notices, and a list that can be heard and leads on.

One script, without a build.

What it guarantees:

- It is found by `JUPYTER_PATH`, so that nothing is installed into an environment.
- Installing it again changes nothing.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from autograder.records import write_whole

EXTENSION = "gradlab-session"
SCRIPT = "remoteEntry.js"


def give_extension(folder: Path) -> None:
    """Put the extension below `<folder>/labextensions`; the folder is for `JUPYTER_PATH`."""
    place = folder / "labextensions" / EXTENSION
    static = place / "static"
    static.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).parent / "static" / SCRIPT, static / SCRIPT)
    package = {
        "name": EXTENSION,
        "version": "1.0.0",
        "description": "What the hub says about a session with a GPU; handing in assignments",
        "jupyterlab": {
            "extension": True,
            "_build": {"load": f"static/{SCRIPT}", "extension": "./extension"},
        },
    }
    text = json.dumps(package, indent=2) + "\n"
    write_whole(place / "package.json", text.encode(), mode=0o644)
