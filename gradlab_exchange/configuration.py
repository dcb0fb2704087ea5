"""Set nbgrader to use the exchange over the network."""

from __future__ import annotations

from typing import Any

_HERE = __package__


def use_network(c: Any, *, for_visitor: bool = False) -> None:
    """Set all of nbgrader's exchange classes.

    Args:
        c: traitlets' configuration object.
        for_visitor: whether to act as whoever's request is served, as formgrader's service does.
    """
    factory = c.ExchangeFactory
    factory.exchange = f"{_HERE}.base.Exchange"
    factory.fetch_assignment = f"{_HERE}.student.FetchAssignment"
    factory.submit = f"{_HERE}.student.Submit"
    factory.fetch_feedback = f"{_HERE}.student.FetchFeedback"
    factory.list = f"{_HERE}.listing.List"
    factory.release_assignment = f"{_HERE}.staff.ReleaseAssignment"
    factory.collect = f"{_HERE}.staff.Collect"
    factory.release_feedback = f"{_HERE}.staff.ReleaseFeedback"
    c.Exchange.for_visitor = for_visitor
