"""Where else `gradlab grade` runs student code, from the options of the command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from autograder.batch.clusters import ClusterKind, ClusterSettings, Tls
    from autograder.service.protocol import Event, Order


@dataclass(frozen=True)
class Place:
    """The scheduler or cluster where student code runs."""

    scheduler: str | None
    cluster: ClusterKind | None
    settings: ClusterSettings
    tls: Tls | None

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

    def grade(self, order: Order, slots: int, say: Callable[[str], None]) -> Iterator[Event]:
        """Have an order done by a cluster; the service here prepares and records.

        Args:
            order: as for the service.
            slots: how many submissions run at once.
            say: told what takes time elsewhere.

        Raises:
            ServiceError: as `service.client.grade`.
            GraderFault: the cluster cannot grade this course.
        """
        try:
            from autograder.batch.elsewhere import grade
        except ImportError as error:
            raise typer.BadParameter(
                f"dask is not installed ({error}); install gradlab[dask]"
            ) from error
        from autograder.batch.clusters import cluster_client, scheduler_client

        settings, tls = self.settings, self.tls

        def connect() -> AbstractContextManager[Any]:
            if self.scheduler is not None:
                return scheduler_client(self.scheduler, tls)
            assert self.cluster is not None
            return cluster_client(self.cluster, slots, settings, tls)

        return grade(order, connect, settings.cluster_wait, say)
