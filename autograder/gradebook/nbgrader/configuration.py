"""Configure nbgrader for a course; all of `nbgrader_config.py`.

What it guarantees:

- Folders, gradebook and exchange are the layout's; nothing is imported until nbgrader needs it, so
  reading the configuration is quick.
- Only nbgrader's documented extension points are set.

What it does not do: configure students' servers. They get the exchange and nothing else.
"""

from __future__ import annotations

from typing import Any

from autograder.course.layout import Layout

_HERE = __package__


def configure(c: Any, layout: Layout) -> None:
    """Set nbgrader's configuration.

    Args:
        c: traitlets' configuration object.
        layout: the course.
    """
    c.CourseDirectory.course_id = layout.course_id
    c.CourseDirectory.root = str(layout.home)
    c.CourseDirectory.source_directory = layout.source.name
    c.CourseDirectory.release_directory = str(layout.assignments)
    c.CourseDirectory.submitted_directory = layout.submitted.name
    c.CourseDirectory.autograded_directory = layout.autograded.name
    c.CourseDirectory.feedback_directory = layout.feedback.name
    c.CourseDirectory.db_url = layout.database_url
    c.Exchange.root = str(layout.exchange)
    c.ExchangeFactory.collect = f"{_HERE}.exchange.SafeCollect"
    c.ExchangeFactory.release_assignment = f"{_HERE}.exchange.LoggedRelease"
    c.ExchangeFactory.release_feedback = f"{_HERE}.exchange.LoggedFeedback"
    c.ExchangeFactory.list = f"{_HERE}.exchange.LoggedList"
    c.Logged.log_file = str(layout.log)

    c.CoursePreprocessor.course_root = str(layout.root)
    c.CoursePreprocessor.course_home = str(layout.home)
    c.CoursePreprocessor.course_id = layout.course_id
    c.CoursePreprocessor.exchange_root = str(layout.exchange_root or "")
    c.CoursePreprocessor.database = layout.database
    c.GenerateAssignment.preprocessors = [f"{_HERE}.preprocessors.ReleaseNotebook"]
    c.GenerateAssignment.force = True  # the same source gives the same bytes: nothing to protect
    c.Autograde.exporter_class = f"{_HERE}.preprocessors.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = [f"{_HERE}.preprocessors.GradeSubmission"]
    c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.CheckCellMetadata"]
    c.GenerateFeedback.force = True  # a page is of the grade as it is now, whenever it is made
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        f"{_HERE}.preprocessors.DrawFigures",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    c.GenerateFeedback.exporter_class = "autograder.gradebook.feedback.FeedbackExporter"
    c.ExportApp.plugin_class = f"{_HERE}.export.SafeCsvExport"

    # a second line behind `safe_text`, and headings that cannot take the name of a score field
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.exclude_anchor_links = True
    c.FormgradeExtension.debug = False  # would show the gradebook's address, password included
