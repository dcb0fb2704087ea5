"""Penalties for late submissions, by nbgrader's plugin and nbgrader's configuration."""

from __future__ import annotations

from pathlib import Path

from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config, PyFileConfigLoader

from autograder.course.layout import Layout

CONFIG_NAME = "nbgrader_config.py"


class LatePenalty:
    """What the plugin `c.AssignLatePenalties.plugin_class` takes off.

    Args:
        layout: the course, whose `nbgrader_config.py` is read when no configuration is given.
        config: nbgrader's configuration.
    """

    def __init__(self, layout: Layout, config: Config | None = None) -> None:
        if config is None:
            config = course_config(layout.root)
        self._preprocessor = AssignLatePenalties(config=config)
        self._preprocessor.init_plugin()

    def penalty(self, student_id: str, score: float, late_seconds: float) -> float | None:
        """Return the penalty, between 0 and the score, or `None` for none."""
        if late_seconds <= 0:
            return None
        penalty = self._preprocessor.plugin_inst.late_submission_penalty(
            student_id, score, late_seconds
        )
        return None if penalty is None else float(min(max(0.0, penalty), score))


def course_config(root: Path) -> Config:
    """Return what the course's `nbgrader_config.py` sets; empty when there is none."""
    if not (root / CONFIG_NAME).is_file():
        return Config()
    return PyFileConfigLoader(CONFIG_NAME, str(root)).load_config()
