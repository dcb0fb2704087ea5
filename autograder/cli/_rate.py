"""The rate in a progress bar."""

from __future__ import annotations

from rich.progress import ProgressColumn, Task
from rich.text import Text


class RateColumn(ProgressColumn):
    """Submissions per second: of late while grading, of the whole batch at its end."""

    def render(self, task: Task) -> Text:
        """Return the rate."""
        speed = task.completed / task.finished_time if task.finished_time else task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="cyan")
