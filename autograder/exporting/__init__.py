"""Taking a course away: from `solutions/` to what other systems read."""

from autograder.exporting.nbgrader import Exported, ExportRefused, export_nbgrader

__all__ = ["ExportRefused", "Exported", "export_nbgrader"]
