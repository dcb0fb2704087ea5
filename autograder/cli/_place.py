"""Where `gradlab grade` runs student code, from the options of the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from autograder.batch.backend import Backend
    from autograder.batch.clusters import ClusterKind, ClusterSettings, Tls
    from autograder.grading import Preparer
    from autograder.grading.grader import Grader
    from autograder.sandbox import Graphics, Nursery


@dataclass(frozen=True)
class Place:
    """Where student code runs: on this machine, unless a scheduler or a cluster is named."""

    scheduler: str | None = None
    cluster: ClusterKind | None = None
    settings: ClusterSettings | None = None
    tls: Tls | None = None

    @classmethod
    def of(
        cls,
        scheduler: str | None,
        cluster: str | None,
        tls_ca: str | None,
        tls_cert: str | None,
        tls_key: str | None,
    ) -> Place:
        """Return the place that the options name; refuse what would not be safe."""
        if scheduler is None and cluster is None:
            return cls()
        if scheduler is not None and cluster is not None:
            raise typer.BadParameter("--scheduler and --cluster exclude each other")
        from autograder.batch.clusters import (
            ClusterKind,
            ClusterRefused,
            ClusterSettings,
            Tls,
            check_address,
        )

        try:
            tls = Tls.given(tls_ca, tls_cert, tls_key)
            settings = ClusterSettings.from_environment(os.environ)
            if scheduler is not None:
                return cls(check_address(scheduler, tls), None, settings, tls)
            if cluster not in list(ClusterKind):
                raise ClusterRefused(f"cluster {cluster!r}; expected {', '.join(ClusterKind)}")
            settings.check(ClusterKind(cluster))
            return cls(None, ClusterKind(cluster), settings, tls)
        except ClusterRefused as refused:
            raise typer.BadParameter(str(refused)) from refused

    @property
    def is_here(self) -> bool:
        """Whether student code runs on this machine."""
        return self.settings is None

    def backend(
        self,
        preparer: Preparer,
        assignment: str,
        slots: int,
        say: Callable[[str], None],
        nursery: Nursery | None = None,
        graphics: Graphics | None = None,
    ) -> Backend:
        """Return the backend that runs there; nothing is started yet.

        Args:
            preparer: the course.
            assignment: what is to be graded.
            slots: how many submissions run at once.
            say: told what takes time elsewhere.
            nursery: forks the servers here; perhaps begun already.
            graphics: the GPU that student code may use here; `None`: none.
        """
        if self.settings is None:
            from autograder.batch.local import LocalBackend

            def make_grader(shared: Nursery) -> Grader:
                from autograder.grading.grader import Grader  # late: perhaps nothing needs grading

                return Grader(preparer, [assignment], shared, graphics)

            return LocalBackend(make_grader, slots, nursery)
        try:
            from autograder.batch.clusters import cluster_client, scheduler_client
            from autograder.batch.dask import DaskBackend
        except ImportError as error:
            raise typer.BadParameter(
                f"dask is not installed ({error}); install gradlab[dask]"
            ) from error
        settings = self.settings

        def connect() -> AbstractContextManager[Any]:
            if self.scheduler is not None:
                return scheduler_client(self.scheduler, self.tls)
            assert self.cluster is not None
            return cluster_client(self.cluster, slots, settings, self.tls)

        return DaskBackend(
            preparer, [assignment], connect, patience_seconds=settings.cluster_wait, on_wait=say
        )
