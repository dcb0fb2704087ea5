"""Which libraries a notebook imports beyond gradlab's own, as pip calls them.

What it guarantees: nothing is imported or run; a text that is not Python names none.
What it does not do: know versions. The author adds them where they matter.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Container, Iterable
from importlib import metadata

from autograder.course.libraries import refused
from autograder.importing.surroundings import NotPython, parse

_CALLED = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""What pip calls modules whose name is another."""
_TOOLS = frozenset({"google", "ipywidgets", "nbgrader", "nose", "otter", "otter_grader"})
"""Of the system that the notebook comes from; what needs them is named cell by cell."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def needed(texts: Iterable[str], beside: Container[str]) -> list[str]:
    """Return the libraries that texts of Python import, sorted.

    Args:
        texts: of code cells and of modules.
        beside: names of the modules that lie beside the notebook.
    """
    own = _own()
    modules = {
        name
        for text in texts
        for name in _imported(text)
        if name not in sys.stdlib_module_names and name not in _TOOLS and name not in beside
    }
    called = {_CALLED.get(name, name) for name in modules}
    return sorted(name for name in called if name.lower() not in own and not refused(name))


def _imported(text: str) -> Iterable[str]:
    plain = [line for line in text.split("\n") if not line.lstrip().startswith(("%", "!"))]
    try:
        tree = parse("\n".join(plain))
    except NotPython:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _own() -> set[str]:
    """Return gradlab's own, which every course has."""
    lines = [line for line in metadata.requires("gradlab") or () if "extra ==" not in line]
    found = {match[0].lower() for line in lines if (match := _NAME.match(line))}
    return found | {"gradlab", "reference", "autograder"}
