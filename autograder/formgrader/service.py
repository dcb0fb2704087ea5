"""Formgrader of one course as a service that the hub starts.

What it guarantees:

- The process knows its own course and nothing of the hub's: no secret but its own token is in its
  environment, and its server shows neither files nor programs.
- The tokens that it gets tell it a person's role in this course, nothing else.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from autograder.course.usual_configuration import NBGRADER, configuration_file
from autograder.formgrader.guard import CACHE_SECONDS
from autograder.people.course import Course
from autograder.people.roles import grade_scope, instruct_scope
from autograder.records import write_whole
from autograder.service import place
from autograder.sessions.folders import HubFolders

CONFIG = '''\
"""nbgrader as formgrader uses it: the course's own configuration, and the hub's exchange."""

import os

c = get_config()
load_subconfig({config!r})
if "GRADLAB_EXCHANGE_URL" in os.environ:
    from gradlab_exchange.configuration import use_network

    use_network(c, for_visitor=True)
'''


def formgrader(course: Course, folders: HubFolders, url: str) -> dict[str, Any]:
    """Return the service, for `JupyterHub.services`."""
    home = folders.hub / "formgrader" / course.id
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = home / "config"
    config.mkdir(exist_ok=True)
    text = CONFIG.format(config=str(configuration_file(course.layout, NBGRADER, home)))
    write_whole(config / "nbgrader_config.py", text.encode())
    environment = {
        **course.layout.to_environment(),
        **place.variables(),  # its buttons use the grading service of the hub's user
        "GRADLAB_COURSE_TITLE": course.title,
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
        "JUPYTER_CONFIG_DIR": str(config),
        "HOME": str(home),
        "PATH": os.environ.get("PATH", os.defpath),
    }
    return {
        "name": course.id,
        "url": url,
        "command": [
            *(sys.executable, "-P", "-m", "autograder.formgrader"),
            *(["--allow-root"] if os.geteuid() == 0 else []),
            f"--ServerApp.root_dir={course.layout.home}",
            f"--HubOAuth.cache_max_age={CACHE_SECONDS}",
            "--ServerApp.terminals_enabled=False",
            "--ContentsManager.files_handler_class=tornado.web.ErrorHandler",
            "--ContentsManager.files_handler_params={'status_code': 404}",
        ],
        "cwd": str(course.layout.home),
        "environment": environment,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": [grade_scope(course.id), instruct_scope(course.id)],
        "display": True,
    }
