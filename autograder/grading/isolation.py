"""Which isolation level student code will run under, known before anything runs.

The level is part of a report's key, so it must be known when a submission is prepared. What is not
full must have been allowed by `GRADLAB_ISOLATION`; otherwise the grader refuses to start.
"""

from __future__ import annotations

from autograder.grading.errors import GraderFault
from autograder.sandbox import ForkServer, Isolation, SandboxError, student_policy
from autograder.sandbox.launch import Launch

_NOTHING = "os:close"  # an entry that is never called


def isolation_level() -> str:
    """Return the level in force: `full`, `partial:<missing layers>` or `none`.

    Raises:
        GraderFault: less than full isolation was allowed, and even that cannot be had.
    """
    try:
        isolation = Isolation(student_policy())
        if isolation.allow == "full":
            return "full"
        with ForkServer(Launch(_NOTHING, isolation=isolation)) as server:
            return server.level
    except SandboxError as error:
        raise GraderFault(str(error)) from error
