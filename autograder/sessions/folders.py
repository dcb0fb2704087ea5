"""The hub's part of the data directory, and the Jupyter configuration of each role's sessions.

What it guarantees:

- Secrets (password, proxy token, cookie key, hub database) are readable by the owner alone.
- A student's configuration names the exchange and the course, nothing of the course's inside.
- Making the folders again changes nothing that people have stored.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.layout import Layout
from autograder.records import write_whole
from autograder.sessions.given import give_extension, give_start

LAB_EXTENSIONS = (
    "assignment-list",
    "course-list",
    "create-assignment",
    "formgrader",
    "validate-assignment",
)
# the exchange's client: the one package of ours that is given to students
CLIENT = Path(__file__).parents[2] / "gradlab_exchange"
SERVER_EXTENSIONS = ("assignment_list", "course_list", "formgrader", "validate_assignment")
# What each role sees in JupyterLab. Formgrader is a service and opens in a browser tab of its own.
LAB_SHOWN = {
    "student": ("assignment-list", "validate-assignment"),
    "assistant": ("assignment-list", "validate-assignment"),
    "instructor": ("assignment-list", "validate-assignment", "create-assignment"),
}
SERVER_USED = {
    role: tuple(name.replace("-", "_") for name in shown if name != "create-assignment")
    for role, shown in LAB_SHOWN.items()
}
# Pairing a notebook with text on a student's machine can overwrite answers; the other one asks a
# server on the Internet for news.
LAB_HIDDEN = ("jupyterlab-jupytext", "@jupyterlab/apputils-extension:announcements")

AHEAD = "gradlab_exchange.ahead"  # what the client adds to a session's server
_CLIENT_PATH = """\
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "python"))
"""
_STUDENT_NBGRADER = '''\
"""nbgrader as a student's server uses it: the exchange and the course, nothing else."""

import os
import sys

c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
c.Exchange.path_includes_course = {several!r}  # two courses may have assignments of one name
if "GRADLAB_EXCHANGE_URL" in os.environ:
    sys.path.append(os.path.join(os.path.dirname(__file__), "python"))
    from gradlab_exchange.configuration import use_network

    use_network(c)
else:
    c.Exchange.root = os.environ["GRADLAB_EXCHANGE"]
'''


@dataclass(frozen=True)
class HubFolders:
    """Where the hub keeps what it needs, under the data directory."""

    layout: Layout

    @property
    def hub(self) -> Path:
        """Return the hub's private folder."""
        return self.layout.home / "hub"

    @property
    def homes(self) -> Path:
        """Return the folder of all people's homes."""
        return self.layout.home / "homes"

    @property
    def log(self) -> Path:
        """Return the hub's log file."""
        return self.hub / "jupyterhub.log"

    def home(self, name: str) -> Path:
        """Return one person's home."""
        return self.homes / name

    @property
    def configs(self) -> Path:
        """Return the folder of all that sessions are given: it holds no secret."""
        return self.layout.home / "config"

    def config(self, role: str) -> Path:
        """Return the Jupyter configuration folder of a role's sessions."""
        return self.configs / role

    def make(self, courses: Sequence[Layout] = ()) -> None:
        """Make all folders and write the configuration of each role.

        Args:
            courses: the courses; the one of the hub's own layout when empty.
        """
        layouts = courses or (self.layout,)
        for folder in (self.layout.home, self.hub, self.homes):
            _folder(folder, 0o700)
        _folder(self.layout.exchange, 0o777)  # nbgrader insists; `home` above it is private
        for layout in layouts:
            for folder in (
                layout.home, layout.submitted, layout.autograded, layout.feedback, layout.source,
            ):  # fmt: skip
                _folder(folder, 0o700)
            course = layout.exchange / layout.course_id
            _folder(course, 0o755)
            _folder(course / "outbound", 0o755)
            _folder(course / "inbound", 0o733)
            _folder(course / "feedback", 0o711)
        # somebody of several courses chooses in the list of assignments
        only = layouts[0].course_id if len(layouts) == 1 else ""
        for role in LAB_SHOWN:
            self._write_config(role, only)
            give_extension(self.config(role))
        give_start(self.configs)

    def secret(self, name: str, length_bytes: int = 32) -> str:
        """Return a secret that is drawn once for this data directory and kept in `hub/<name>`."""
        path = self.hub / name
        if not path.exists():
            _folder(self.layout.home, 0o700)
            _folder(self.hub, 0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(length_bytes))
        return path.read_text(encoding="ascii").strip()

    def _write_config(self, role: str, course_id: str) -> None:
        folder = self.config(role)
        _folder(folder.parent, 0o755)
        _folder(folder, 0o755)
        extensions = {
            f"nbgrader.server_extensions.{name}": name in SERVER_USED[role]
            for name in SERVER_EXTENSIONS
        }
        extensions |= {"jupyterlab_jupytext": False, AHEAD: True}
        _json(
            folder / "jupyter_server_config.json",
            {
                "ServerApp": {"jpserver_extensions": extensions},
                # by sockets on disk: what a kernel sends by TCP every session could read along
                "KernelManager": {"transport": "ipc"},
            },
        )
        disabled = {
            f"@jupyter/nbgrader:{name}": name not in LAB_SHOWN[role] for name in LAB_EXTENSIONS
        }
        disabled |= dict.fromkeys(LAB_HIDDEN, True)
        _folder(folder / "labconfig", 0o755)
        _json(folder / "labconfig" / "page_config.json", {"disabledExtensions": disabled})
        self._give_client(folder / "python" / CLIENT.name)
        write_whole(folder / "jupyter_server_config.py", _CLIENT_PATH.encode(), mode=0o644)
        text = _STUDENT_NBGRADER.format(course_id=course_id, several=not course_id)
        write_whole(folder / "nbgrader_config.py", text.encode(), mode=0o644)

    def _give_client(self, folder: Path) -> None:
        """Put the exchange's client where sessions see it that see nothing else of ours."""
        _folder(folder.parent, 0o755)
        _folder(folder, 0o755)
        new = {path.name: path.read_bytes() for path in CLIENT.glob("*.py")}
        for path in folder.glob("*.py"):
            if path.name not in new:
                path.unlink()
        for name, data in new.items():
            target = folder / name
            if not target.exists() or target.read_bytes() != data:  # sessions may be running
                write_whole(target, data, mode=0o644)


def _folder(path: Path, mode: int) -> None:
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(mode)


def _json(path: Path, value: object) -> None:
    write_whole(path, json.dumps(value, indent=2).encode() + b"\n", mode=0o644)
