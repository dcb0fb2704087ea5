"""The server of formgrader: nbgrader's pages behind the guard, and nothing else of Jupyter's.

Run by the hub as `python -m autograder.formgrader`: the hub's own server for people, without
any of its services. This module is also the one server extension that it loads.

What it guarantees:

- No terminals, kernels, contents, files, sessions, or JupyterLab: they are not there for anybody.
- Each of nbgrader's routes has the guard before it, and the log's note of who acts.
- A submission's page and all others run formgrader's own scripts only (`safe_pages`).

What it does not do: let people edit notebooks. Assignments are text in the course's folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import jupyter_server_mathjax
from jinja2 import ChoiceLoader, FileSystemLoader
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado.web import StaticFileHandler

from autograder.formgrader.autograde import Autograde
from autograder.formgrader.guard import COURSE, TITLE, Guard, OwnFiles
from autograder.formgrader.pages import STATIC, TEMPLATES, Elsewhere, Missing
from autograder.formgrader.safe_pages import SubmissionExporter, mark_scripts
from autograder.formgrader.submission import FIGURES, ShowFigures, SubmissionPage
from autograder.operations.formgrader import named, open_log
from autograder.service.figures import Figures

MATHJAX = Path(jupyter_server_mathjax.__file__).parent / "static"
EXTENSION = "autograder.formgrader.server"
LOG_IN = "jupyterhub"
COURSE_TITLE_VARIABLE = "GRADLAB_COURSE_TITLE"


class FormgraderServer(ServerApp):
    """A Jupyter server without any of Jupyter's services."""

    default_services = ()  # type: ignore[assignment]  # documented for subclasses to shorten

    def init_server_extensions(self) -> None:
        """Load the hub's log-in and formgrader, whatever else a configuration names."""
        self.jpserver_extensions = {LOG_IN: True, EXTENSION: True}
        super().init_server_extensions()


class FormgraderApp(JupyterHubSingleUser):  # type: ignore[misc]  # jupyterhub ships no types
    """The hub's log-in around `FormgraderServer`."""

    serverapp_class = FormgraderServer
    serverapp_config: ClassVar[dict[str, Any]] = {"jpserver_extensions": {EXTENSION: True}}

    @classmethod
    def get_extension_package(cls) -> str:
        """Return where the extension is that logs people in: jupyterhub's own."""
        return LOG_IN


class GuardedFormgrader(FormgradeExtension):  # type: ignore[misc]  # nbgrader ships no types
    """Formgrader with our templates over nbgrader's, and a guard before each handler."""

    def build_extra_config(self) -> Any:
        """Let our templates of a submission's page go before nbgrader's."""
        config = super().build_extra_config()
        config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), handlers.template_path]
        return config

    def init_tornado_settings(self, webapp: Any) -> None:
        """Add the course, and our templates."""
        super().init_tornado_settings(webapp)
        layout = open_log(webapp)
        environment = webapp.settings["nbgrader_jinja2_env"]
        environment.autoescape = True
        environment.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), environment.loader])
        mark_scripts(environment)
        figures = webapp.settings[FIGURES] = Figures()
        exporter = webapp.settings["nbgrader_exporter"] = SubmissionExporter(config=self.config)
        exporter.register_preprocessor(ShowFigures(figures), enabled=True)
        webapp.settings[COURSE] = layout.course_id
        webapp.settings[TITLE] = os.environ.get(COURSE_TITLE_VARIABLE) or layout.course_id

    def init_handlers(self, webapp: Any) -> None:
        """Add formgrader's routes, each guarded."""
        base = webapp.settings["base_url"]
        ours = {
            apihandlers.AutogradeHandler: Autograde,
            handlers.SubmissionHandler: SubmissionPage,
        }
        routes = [
            (pattern, ours.get(handler, handler), *rest)
            for pattern, handler, *rest in (
                *handlers.default_handlers,
                *apihandlers.default_handlers,
            )
        ]
        guarded = [(route[0], guarded_handler(*route[:2]), *route[2:]) for route in routes]
        webapp.add_handlers(
            ".*$",
            [
                (url_path_join(base, pattern.lstrip("/")), *rest)
                for pattern, *rest in (
                    (r"/formgrader/static/(.*)", StaticFileHandler, {"path": handlers.static_path}),
                    (r"/formgrader/gradlab/(.*)", StaticFileHandler, {"path": str(STATIC)}),
                    (r"/formgrader/mathjax/(.*)", StaticFileHandler, {"path": str(MATHJAX)}),
                    *guarded,
                    (r"/formgrader/.*", guarded_handler("", Missing)),
                    (r"/(?:lab|tree|notebooks|edit|terminals|files)(?:/.*)?",
                     guarded_handler("", Elsewhere)),
                )
            ],
        )  # fmt: skip


def guarded_handler(pattern: str, handler: Any) -> Any:
    """Return the handler behind the guard; static files of nbgrader's own need none."""
    if handler is StaticFileHandler:
        return handler
    guard = OwnFiles if handler is handlers.SubmissionFilesHandler else Guard
    return type(handler.__name__, (guard, named(handler)), {"pattern": pattern})


def load_jupyter_server_extension(server: Any) -> None:
    """Load formgrader behind the guard."""
    extension = GuardedFormgrader(parent=server)
    extension.root_dir = server.root_dir
    extension.log = server.log
    extension.initialize([])
    extension.init_tornado_settings(server.web_app)
    extension.init_handlers(server.web_app)
