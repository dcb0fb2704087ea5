"""Formgrader's Autograde button: the grading service grades one student's collected submission.

What it guarantees:

- It is the same order as that of `gradlab grade ASSIGNMENT --student STUDENT`: renamed notebooks,
  files that are none and submissions of several files are graded or refused in the same words, and
  one service alone writes what several people and programs grade at once.
- Other people's requests are answered meanwhile.
- What goes wrong is said in a sentence, in nbgrader's own dialog.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from nbgrader.server_extensions.formgrader.base import BaseApiHandler, check_xsrf
from tornado.web import authenticated

from autograder.course import CourseError
from autograder.operations.formgrader import LAYOUT
from autograder.records.actor import present_actor
from autograder.service.client import ServiceError, grade
from autograder.service.protocol import Order, Origin, Priority, Result, Tenant


class Autograde(BaseApiHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Grades one submission, ahead of batches."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    @check_xsrf  # type: ignore[untyped-decorator]  # nbgrader's
    async def post(self, assignment: str, student: str) -> None:
        """Answer what nbgrader's page shows: success, what there is to say, or the error."""
        actor = present_actor()
        order = Order(
            Tenant.of(self.settings[LAYOUT]),
            assignment,
            "formgrader",
            priority=Priority.WAITED_FOR,
            collected=True,
            students=(student,),
            record=True,
            actor=(actor.name, actor.address, actor.via),
        )
        said, error = await asyncio.to_thread(_outcome, order)
        answer: dict[str, Any] = {"success": not error, "log": "\n".join(said)}
        self.write(json.dumps(answer | ({"error": error} if error else {})))


def _outcome(order: Order) -> tuple[list[str], str]:
    """Have an order of one submission done; return what there is to say, and what failed."""
    said: list[str] = []
    try:
        for event in grade(order):
            if event.kind == "note":
                said.append(event.content)
            elif event.result is not None:
                return said + _sentences(event.result), event.result.fault
    except (CourseError, ServiceError) as error:
        return said, str(error)
    return said, "the grading service ended without a result; press the button again"


def _sentences(result: Result) -> list[str]:
    if result.origin is Origin.KEPT:
        return ["It would have fewer points now; its grade stands, as `--never-lower` decided."]
    if result.origin is Origin.UNCHANGED:
        return ["The submission is unchanged: its grade stands."]
    return [sentence for sentence in (result.refusal, *result.limits_hit) if sentence]
