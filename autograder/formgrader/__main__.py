"""`python -m autograder.formgrader`: formgrader of one course, started by the hub."""

from autograder.formgrader.server import FormgraderApp

FormgraderApp.launch_instance()
