"""The command line `gradlab`: one module of this folder per verb.

A verb's module has `register(app)`; whatever it needs beyond typer is imported when the verb runs,
so that `gradlab --help` stays quick.
"""

from __future__ import annotations

import importlib
import pkgutil

import typer

__all__ = ["build_app", "main"]


def build_app() -> typer.Typer:
    """Return the application with every verb of this folder registered, in alphabetical order."""
    app = typer.Typer(
        name="gradlab",
        help="Auto-graded exercises for deep-learning courses.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # loads in half the time, and keeps what stands in [brackets]
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def _root() -> None:
        """Auto-graded exercises for deep-learning courses."""

    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}").register(app)
    return app


def main() -> None:
    """Run the command line."""
    build_app()()
