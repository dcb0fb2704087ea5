"""Penalties for late submissions by nbgrader's plugin, where a site configures one."""

from __future__ import annotations

from functools import cached_property
from typing import Any

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
        self._layout = layout
        self._config = config

    @cached_property
    def is_own(self) -> bool:
        """Whether the site's own configuration has a late policy."""
        config = self._settings
        method = config.LateSubmissionPlugin.get("penalty_method", "none")
        return "plugin_class" in config.AssignLatePenalties or method != "none"

    def penalty(self, student_id: str, score: float, late_seconds: float) -> float | None:
        """Return the penalty, between 0 and the score, or `None` for none."""
        if late_seconds <= 0:
            return None
        penalty = self._plugin.late_submission_penalty(student_id, score, late_seconds)
        return None if penalty is None else float(min(max(0.0, penalty), score))

    @cached_property
    def _settings(self) -> Config:
        return course_config(self._layout) if self._config is None else self._config

    @cached_property
    def _plugin(self) -> Any:
        """The plugin; most batches have nobody late, and importing nbgrader takes seconds."""
        from nbgrader.preprocessors import AssignLatePenalties

        preprocessor = AssignLatePenalties(config=self._settings)
        preprocessor.init_plugin()
        return preprocessor.plugin_inst


def course_config(layout: Layout) -> Config:
    """Return what the course's `nbgrader_config.py` sets; empty when there is none."""
    if not (layout.root / CONFIG_NAME).is_file():
        return Config()
    with layout.in_force():
        return PyFileConfigLoader(CONFIG_NAME, str(layout.root)).load_config()
