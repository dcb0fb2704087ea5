"""An order done by a cluster: the service here prepares and records, workers elsewhere run.

What it guarantees:

- What is graded already goes to no worker; what comes back is recorded by the service alone, which
  takes a report only as that of the submission that lies in the submitted folder.
- The events are those that the service itself would send, but for `started` and `cell`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from autograder.batch.dask import DaskBackend
from autograder.batch.job import Job, Outcome
from autograder.grading import Preparer
from autograder.grading.isolation import isolation_level
from autograder.service.client import Place
from autograder.service.client import grade as grade_here
from autograder.service.course import layout_of
from autograder.service.prepared import job_from_bytes
from autograder.service.protocol import Event, Item, Order, Origin, Result, Source, new_token


def grade(
    order: Order,
    connect: Callable[[], AbstractContextManager[Any]],
    patience_seconds: float,
    say: Callable[[str], None],
) -> Iterator[Event]:
    """Have an order done by a cluster; yields its events, the last of which is `end`.

    Args:
        order: as for the service.
        connect: opens a client of the cluster.
        patience_seconds: how long there may be no worker at all.
        say: told what takes time.

    Raises:
        ServiceError: as `service.client.grade`.
        GraderFault: the cluster cannot grade this course.
    """
    with Place() as place:
        jobs: list[Job] = []
        last = None
        for event in grade_here(replace(order, run=False), place):
            if event.kind == "end":
                last = event
            elif event.result is not None and event.result.origin is Origin.NEEDED:
                jobs.append(Job(event.name, *job_from_bytes(event.body)))
            else:
                yield event
        if jobs:
            preparer = Preparer(layout_of(order.tenant), isolation_level())
            backend = DaskBackend(
                preparer,
                [order.assignment],
                connect,
                patience_seconds=patience_seconds,
                on_wait=say,
            )
            with contextlib.closing(backend.run(jobs)) as outcomes:
                for outcome in outcomes:
                    yield from _recorded(order, outcome, place)
        assert last is not None
        yield last


def _recorded(order: Order, outcome: Outcome, place: Place) -> Iterator[Event]:
    """Have one report recorded; yields its `done`."""
    name = outcome.job.student
    if outcome.report is None:
        yield Event("done", name, result=Result(Origin.FAULT, fault=outcome.fault))
        return
    item = Item(name, Source.ANSWERED, outcome.report.to_bytes())
    answered = replace(order, items=[item], collected=False, token=new_token())
    yield from (event for event in grade_here(answered, place) if event.kind == "done")
