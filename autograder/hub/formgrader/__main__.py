"""`python -m autograder.hub.formgrader`: formgrader of one course, started by the hub."""

from autograder.hub.formgrader.server import FormgraderApp

FormgraderApp.launch_instance()
