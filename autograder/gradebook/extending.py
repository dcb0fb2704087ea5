"""Give people more time for an assignment, or take that back: rows of the log, and what follows.

What it guarantees:

- All of what was asked for is done, or nothing and each mistake is said.
- What being late costs is computed anew before anybody hears that it was done.

What it does not do: know who is in the course, or who may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from autograder.course import assignment_names
from autograder.course.layout import Layout
from autograder.gradebook.errors import StudentIdError
from autograder.gradebook.extensions import Extension, Extensions, read_extension
from autograder.gradebook.lateness import Late
from autograder.gradebook.student_id import check_student_id
from autograder.gradebook.writer import GradebookWriter
from autograder.records import Event, Log

Asked = tuple[str, str, str, str]  # student, assignment, time, reason as somebody wrote them
Wanted = tuple[str, str, Extension | None]


@dataclass(frozen=True)
class Extended:
    """What somebody has now.

    Args:
        student: who.
        assignment: for what.
        extension: what they have; `None` for none.
        due: when it is due for everybody, naive UTC; `None`: never.
        late: how late what they handed in is; `None` when they handed in nothing.
    """

    student: str
    assignment: str
    extension: Extension | None
    due: datetime | None
    late: Late | None


def understood(layout: Layout, rows: Sequence[Asked], zone: tzinfo | None) -> list[Wanted]:
    """Return what rows ask for.

    Args:
        layout: the course.
        rows: student, assignment, time as `read_extension` reads it, and reason.
        zone: in which dates are meant.

    Raises:
        ValueError: with one line for each mistake; nothing of it must be done then.
    """
    known = assignment_names(layout)
    problems, wanted = [], []
    for number, (student, assignment, time, reason) in enumerate(rows, 1):
        try:
            check_student_id(student)
            if assignment not in known:
                raise ValueError(f"no assignment {assignment!r}; there are {', '.join(known)}")
            wanted.append((student, assignment, read_extension(time, zone, reason)))
        except (ValueError, StudentIdError) as error:
            problems.append(f"{number}: {error}" if len(rows) > 1 else str(error))
    if problems:
        raise ValueError("nothing was changed.\n" + "\n".join(problems))
    return wanted


def extend(
    layout: Layout,
    wanted: Sequence[Wanted],
    reason: str = "",
    on_wait: Callable[[str], None] = lambda _: None,
) -> list[Extended]:
    """Write down who has how much more time; return what each has now.

    Args:
        layout: the course.
        wanted: as `understood` returns it.
        reason: for taking back; an extension has its own.
        on_wait: told when somebody else writes into the gradebook.

    Raises:
        LogError, GradebookError, CourseError: it cannot be written.
    """
    log = Log(layout.log)
    for student, assignment, extension in wanted:
        details = (
            {"seconds": None, "until": None, "reason": reason}
            if extension is None
            else extension.to_json()
        )
        log.record(
            Event.EXTEND, course=layout.course_id, assignment=assignment, student=student, **details
        )
    students = {student for student, _, _ in wanted}
    with GradebookWriter(layout, on_wait=on_wait) as writer:
        due = {name: writer.deadlines(name)[0] for _, name, _ in wanted}
        late = {(one.student, one.assignment): one for one in writer.settle(students)}
    extensions = Extensions(log)
    return [
        Extended(
            student, name, extensions.of(name).get(student), due[name], late.get((student, name))
        )
        for student, name, _ in wanted
    ]
