"""What can go wrong with the gradebook, one class per cause."""

from __future__ import annotations


class GradebookError(Exception):
    """The gradebook could not do what was asked; nothing was half written."""


class StudentIdError(GradebookError):
    """A student id cannot be used as a folder name and a gradebook key."""


class RegistrationError(GradebookError):
    """An assignment changed in a way that would lose what people entered."""


class MismatchError(GradebookError):
    """A report does not belong to the manifest that it came with."""


class GradebookBusyError(GradebookError):
    """Another program kept the gradebook locked for longer than we wait."""


class OutdatedError(GradebookError):
    """A gradebook has the tables of another revision of nbgrader; it was not touched."""
