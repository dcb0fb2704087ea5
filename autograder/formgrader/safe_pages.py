"""Pages of formgrader that run its own scripts and nothing else, whatever a name or text holds.

What it guarantees:

- Every value that nbgrader gives to a submission's page is escaped; nbconvert's templates, which
  that page is made from, escape nothing.
- Every page has a content security policy: scripts are files of this server, or those that stand in
  a template, which are marked while the template is read. A handler in an attribute never runs.

MathJax evaluates text of its own, so that the policy lets scripts that do run evaluate.

What it does not do: clean what students wrote (`autograder.gradebook.safe_text` does).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from html import escape
from typing import Any

from jinja2 import BaseLoader, Environment
from nbconvert.exporters import HTMLExporter

_MARK = "gradlab_nonce"  # a template's global: the mark of the scripts of the page being made
_NONCE: ContextVar[str] = ContextVar("nonce", default="")
_SCRIPT = re.compile(r"<script\b(?![^>]*\bnonce=)")
_HANDLER = re.compile(r"\bonclick=")


def begin() -> str:
    """Draw the mark of the page that is being made, and return it."""
    nonce = secrets.token_urlsafe(16)
    _NONCE.set(nonce)
    return nonce


def policy(nonce: str) -> str:
    """Return the policy of a page whose scripts have this mark."""
    return (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'self'; "
        "base-uri 'none'; form-action 'self'; object-src 'none'"
    )


class MarkedLoader(BaseLoader):
    """Reads another loader's templates, and marks their scripts.

    An `onclick` becomes a `data-click`, which `static/formgrader.js` does.
    """

    def __init__(self, loader: BaseLoader) -> None:
        """Remember the other loader."""
        self._loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's marked text."""
        text, name, is_current = self._loader.get_source(environment, template)
        marked = _SCRIPT.sub(f'<script nonce="{{{{ {_MARK}() }}}}"', text)
        return _HANDLER.sub("data-click=", marked), name, is_current

    def list_templates(self) -> list[str]:
        """Return what there is."""
        return self._loader.list_templates()


def mark_scripts(environment: Environment) -> None:
    """Let an environment's templates have marked scripts."""
    assert environment.loader is not None
    environment.loader = MarkedLoader(environment.loader)
    environment.globals[_MARK] = _NONCE.get


class SubmissionExporter(HTMLExporter):  # type: ignore[misc]  # nbconvert ships no types
    """Makes a submission's page of values that are escaped, with marked scripts."""

    def from_filename(self, filename: str, resources: Any = None, **more: Any) -> tuple[str, Any]:
        """Return the page, and nbconvert's resources."""
        made: tuple[str, Any] = super().from_filename(
            filename, resources=escaped(resources or {}), **more
        )
        return made

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()
        mark_scripts(environment)
        return environment


def escaped(values: Mapping[str, Any]) -> dict[str, Any]:
    r"""Return values whose texts can stand in HTML, in an attribute, and in a script's quotes.

    >>> escaped({"name": "<b>\\", "total": 3})
    {'name': '&lt;b&gt;&#92;', 'total': 3}
    """
    return {
        name: escape(value).replace("\\", "&#92;") if isinstance(value, str) else value
        for name, value in values.items()
    }
