"""The topic `[operations]` of the settings: logs, idle servers, monitoring, log-ins."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.settings.loading import refuse

LOG_FORMATS = ("text", "json")
LEAST_LOG_BYTES = 10_000
LEAST_IDLE_SECONDS = 60


@dataclass(frozen=True)
class OperationsSettings:
    """How the hub is run and watched.

    Args:
        log_format: `text`: as the programs write it; `json`: one JSON object per line.
        log_bytes: the size at which the log is put aside and a new one begun.
        log_files: how many old logs are kept.
        idle_seconds: how long a notebook server may do nothing before it is stopped; 0: for ever.
        age_seconds: how long a notebook server may run at all; 0: for ever.
        metrics_port: a loopback port that gives /metrics and /health to programs of this machine
            without a token; 0: none.
        least_free_bytes: with less space for the data directory, /health is not good.
        starts_at_once: how many notebook servers may be starting; further people wait in a line.
    """

    log_format: str = "text"
    log_bytes: int = 10_000_000
    log_files: int = 5
    idle_seconds: int = 3600
    age_seconds: int = 0
    metrics_port: int = 0
    least_free_bytes: int = 1_000_000_000
    starts_at_once: int = 4

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

    def _problems(self) -> list[str]:
        problems = []
        if self.log_format not in LOG_FORMATS:
            problems.append(f"log_format is {self.log_format!r}; expected 'text' or 'json'")
        if self.log_bytes < LEAST_LOG_BYTES:
            problems.append(f"log_bytes is {self.log_bytes}; expected at least {LEAST_LOG_BYTES}")
        problems += [
            f"{name} is {value}; expected 0, which means never, or at least {LEAST_IDLE_SECONDS}"
            for name in ("idle_seconds", "age_seconds")
            if (value := getattr(self, name)) != 0 and value < LEAST_IDLE_SECONDS
        ]
        if not 0 <= self.metrics_port <= 65535:
            problems.append(f"metrics_port is {self.metrics_port}; expected 0 to 65535")
        if self.starts_at_once < 1:
            problems.append(f"starts_at_once is {self.starts_at_once}; expected at least 1")
        problems += [
            f"{name} is {getattr(self, name)}; expected at least 0"
            for name in ("log_files", "least_free_bytes")
            if getattr(self, name) < 0
        ]
        return problems
