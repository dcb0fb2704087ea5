"""The configuration files of a course that has none: a folder with only `solutions/` is served.

What it guarantees:

- A course's own `jupyterhub_config.py` or `nbgrader_config.py` is used wherever there is one.
- Without, the usual one is written into the data directory; the course's folder is left alone.
"""

from __future__ import annotations

from pathlib import Path

from autograder.course.layout import Layout
from autograder.records import write_whole

HUB = "jupyterhub_config.py"
NBGRADER = "nbgrader_config.py"
_USUAL = {
    HUB: """\
from autograder.course.layout import Layout
from autograder.hub import HubSettings
from autograder.hub.configuration import configure

c = get_config()
configure(c, HubSettings.load(), Layout.find())
""",
    NBGRADER: """\
from autograder.course.layout import Layout
from autograder.gradebook.nbgrader.configuration import configure

c = get_config()
configure(c, Layout.find())
""",
}


def configuration_file(layout: Layout, name: str, folder: Path) -> Path:
    """Return the course's own configuration file, else the usual one.

    Args:
        layout: the course.
        name: `HUB` or `NBGRADER`.
        folder: in the data directory, where the usual one is written.
    """
    own = layout.root / name
    if own.is_file():
        return own
    usual = folder / f"usual_{name}"
    write_whole(usual, _USUAL[name].encode())
    return usual
