"""Notices of a session where its owner sees them: in JupyterLab, by a page of the hub."""

from autograder.sessions.notices.handler import handlers

__all__ = ["handlers"]
