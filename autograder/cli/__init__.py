"""The command line `gradlab`; its verbs are in this folder, the application is `_app`."""

from autograder.cli._app import build_app, main

__all__ = ["build_app", "main"]
