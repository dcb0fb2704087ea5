"""Formgrader of one course as a hub service that does for each person what their role may."""

from autograder.formgrader.rights import Action, may

__all__ = ["Action", "may"]
