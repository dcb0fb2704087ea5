"""Bringing a course: from notebooks of other systems to `solutions/<assignment>/`."""

from autograder.importing.finding import Found, find
from autograder.importing.foreign import ForeignNotebook, ImportRefused
from autograder.importing.placing import State, place
from autograder.importing.proving import failing, remembered
from autograder.importing.reading import read
from autograder.importing.translating import Outcome, Translated, Way, translate

__all__ = [
    "ForeignNotebook",
    "Found",
    "ImportRefused",
    "Outcome",
    "State",
    "Translated",
    "Way",
    "failing",
    "find",
    "place",
    "read",
    "remembered",
    "translate",
]
