"""One assignment: what became of one attempt, check by check, as far as its student may see it.

What it guarantees:

- How much is shown is what the assignment's `show` says; of an attempt that may not be seen,
  nothing.
- An answer that waits for a person is never 0; what a person gave is of this very attempt.
- No hint stands under a check that hit a limit: hints are about wrong answers.

What it does not do: draw it (`templates/result.html`).
"""

from __future__ import annotations

import re
import statistics
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from autograder.course.feedback import Count, Feedback, Show
from autograder.course.headings import words_of
from autograder.course.manifest import Role
from autograder.feedback import Attempt, State
from autograder.feedback.requests import Request
from autograder.gradebook.marks import Mark, Marks
from autograder.gradebook.notebook import is_unanswered
from autograder.gradebook.safe_text import plain_text
from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.pages.courses import Assignment, CourseReader
from autograder.pages.standing import marks_of, score_of
from autograder.pages.words import counted, points
from autograder.pages.work import Row, Score, digest

MOST_IN_TRAIL = 8
FEWEST_IN_CLASS = 10  # of fewer, points would be somebody's
_SHOWS = (Show.POINTS, Show.VERDICTS, Show.HINTS)


@dataclass(frozen=True)
class CheckView:
    """One check as its student sees it.

    Args:
        name: in words.
        code: the name in the course's files.
        verdict: how it ended.
        got: what it gave.
        most: what it could give.
        message: why.
        hint: what to look at; may be empty.
        is_void: it does not count as it was graded.
        trail: verdicts of this check in the attempts, by their numbers; none if always passed.
        cell: the graded cell that it is of.
    """

    name: str
    code: str
    verdict: Verdict
    got: float
    most: float
    message: str = ""
    hint: str = ""
    is_void: bool = False
    trail: Sequence[tuple[int, Verdict]] = ()
    cell: str = ""

    @property
    def anchor(self) -> str:
        """Return the name of its place on the page."""
        plain = re.sub(r"[^A-Za-z0-9_-]", "-", f"{self.cell}-{self.code}")
        return f"check-{plain}-{zlib.crc32(self.code.encode('utf-8', 'replace')):08x}"


@dataclass(frozen=True)
class Part:
    """One cell that earns points.

    Args:
        name: in words.
        score: its points.
        checks: of it; none for an essay, and where only points are shown.
        is_essay: a person grades it.
        is_empty: nothing was written.
        by_hand: what a person changed of the automatic points.
        comments: by people.
        cell: the graded cell or essay.
    """

    name: str
    score: Score
    checks: Sequence[CheckView] = ()
    is_essay: bool = False
    is_empty: bool = False
    by_hand: float = 0.0
    comments: Sequence[str] = ()
    cell: str = ""

    @property
    def subjects(self) -> list[str]:
        """Return what of it a student may ask about: names of checks; empty for all of it."""
        if self.is_essay:
            return [] if self.waits else [""]
        if not self.checks:
            return [""]
        return [one.code for one in self.checks if one.verdict is not Verdict.PASSED]

    @property
    def waits(self) -> bool:
        """Return whether a person has to decide."""
        return self.score.waiting > 0


@dataclass(frozen=True)
class Exercise:
    """The parts under one heading."""

    title: str
    parts: Sequence[Part]

    @property
    def score(self) -> Score:
        """Return the points of all parts."""
        return Score(
            sum(part.score.got for part in self.parts),
            sum(part.score.most for part in self.parts),
            sum(part.score.waiting for part in self.parts),
        )


@dataclass(frozen=True)
class Result:
    """What became of one attempt.

    Args:
        row: where the assignment stands.
        attempt: which attempt; `None` before the first.
        feedback: the assignment's settings.
        scores: the points of each attempt, by number.
        exercises: in the notebook's order.
        score: of the attempt.
        penalty: taken for lateness.
        repairs: what was mended in the notebook, a sentence each.
        limits: which limits were hit, a sentence each.
        answered: how many answers are there, and of how many; `None` when it is not known.
        has_notebook: whether the notebook as it ran can be shown.
        requests: the person's for this assignment, oldest first.
        of_class: how the class did, in a sentence; empty where that is not shown.
    """

    row: Row
    attempt: Attempt | None
    feedback: Feedback
    scores: Mapping[int, Score] = field(default_factory=dict)
    exercises: Sequence[Exercise] = ()
    score: Score | None = None
    penalty: float = 0.0
    repairs: Sequence[str] = ()
    limits: Sequence[str] = ()
    answered: tuple[int, int] | None = None
    has_notebook: bool = False
    requests: Sequence[Request] = ()
    of_class: str = ""

    @property
    def asked(self) -> dict[tuple[str, str], Request]:
        """Return the requests about this attempt, by cell and check."""
        if self.attempt is None:
            return {}
        timestamp = self.attempt.submission.timestamp
        return {
            (one.subject.cell, one.subject.check): one
            for one in self.requests
            if one.subject.timestamp == timestamp
        }

    @property
    def requests_left(self) -> int:
        """Return how many more requests there may be."""
        return max(0, self.feedback.requests - len(self.requests))

    def may_ask(self, cell: str, check: str) -> bool:
        """Return whether the person may ask for another look at this, or has."""
        if self.attempt is None or self.attempt.state is not State.GRADED:
            return False
        if (cell, check) in self.asked:
            return True
        return self.feedback.requests > 0 and any(
            part.cell == cell and check in part.subjects
            for exercise in self.exercises
            for part in exercise.parts
        )

    @property
    def is_newest(self) -> bool:
        """Return whether there is no later attempt."""
        return self.attempt is None or self.attempt.number == len(self.row.attempts)

    @property
    def mark(self) -> str:
        """Return a text that changes when something about the hand-ins does."""
        asked = [one.version for one in self.requests]
        return digest(f"{self.row.mark} {self.score} {asked}")

    @property
    def said(self) -> str:
        """Return the state in a sentence, for who listens."""
        score = self.score
        if score is None:
            return self.row.told.word
        return f"{self.row.told.word}: {points(score.got)} of {points(score.most)} points"

    @property
    def next_moment(self) -> datetime | None:
        """Return when the newest attempt is graded, if it waits for that."""
        return self.row.next_moment

    @property
    def is_live(self) -> bool:
        """Return whether it changes by itself soon."""
        return self.row.is_live

    @property
    def not_passed(self) -> Sequence[CheckView]:
        """Return the checks that gave nothing."""
        return [
            check
            for exercise in self.exercises
            for part in exercise.parts
            for check in part.checks
            if check.verdict is not Verdict.PASSED
        ]

    @property
    def used(self) -> int:
        """Return how many attempts are used."""
        return sum(1 for one in self.row.attempts if one.uses)

    @property
    def rules(self) -> list[str]:
        """Return what counts, and when the next attempt has a verdict, a sentence each."""
        said = []
        if self.feedback.attempts:
            said.append(
                f"{self.used} of {self.feedback.attempts} attempts used; what you hand in after "
                "them is kept, and graded at the deadline."
            )
        said.append(
            "The best one that came in time counts."
            if self.feedback.count is Count.BEST
            else "The last one counts."
        )
        pause = self.feedback.pause_seconds(max(1, self.used)) if self.used else 0.0
        if pause:
            minutes = counted_minutes(pause)
            said.append(
                f"After this one there is a pause of {minutes}: what you hand in meanwhile is "
                "kept with its receipt, and graded when the pause ends."
            )
        if self.feedback.when == "deadline":
            said.append("Hand-ins are graded when the deadline has passed.")
        return said


def counted_minutes(seconds: float) -> str:
    """Return a pause in words.

    >>> counted_minutes(60), counted_minutes(90)
    ('1 minute', '1.5 minutes')
    """
    minutes = seconds / 60
    return f"{points(minutes)} minute{'' if minutes == 1 else 's'}"


def result_of(course: CourseReader, person: str, row: Row, number: int | None) -> Result | None:
    """Return what became of an attempt; `None` when there is none of this number.

    Args:
        course: the course.
        person: whose.
        row: where the assignment stands for them.
        number: of the attempt; `None`: the one that counts, else the newest.
    """
    name = row.assignment.name
    feedback = course.feedback(name)
    attempt = _chosen(row, number)
    if attempt is None:
        return None if number is not None else Result(row, None, feedback)
    known = course.marks(person, name)
    asked = course.requests.of(person, name)
    scores = {
        one.number: score
        for one in row.attempts
        if (score := score_of(one, marks_of(one, known))) is not None
    }
    report = course.report(attempt)
    if report is None or attempt.state not in (State.GRADED, State.REFUSED):
        return Result(row, attempt, feedback, scores, score=scores.get(attempt.number),
                      requests=asked)  # fmt: skip
    marks = marks_of(attempt, known)
    shown = _SHOWS.index(feedback.show)
    trails = _trails(course, row, attempt) if shown else {}
    is_void = course.voided(name)
    return Result(
        row,
        attempt,
        feedback,
        scores,
        _exercises(row.assignment, report, marks, feedback.show, trails, is_void),
        scores.get(attempt.number),
        marks.penalty if marks else 0.0,
        [plain_text(one.message) for one in report.repairs if one.code != "refused"],
        [plain_text(sentence) for sentence in report.limits_hit],
        _answered(row.assignment, report),
        bool(report.notebook) and not report.refusal,
        asked,
        class_in_words(course, row.assignment) if feedback.statistics else "",
    )


def class_in_words(course: CourseReader, assignment: Assignment) -> str:
    """Return how the class did, in a sentence; empty while too few are graded.

    Who waits for a person is not counted: nothing that waits is a 0.
    """
    settled = [one.points for one in course.standings(assignment.name) if not one.waits]
    if len(settled) < FEWEST_IN_CLASS:
        return ""
    low, middle, high = statistics.quantiles(settled, n=4, method="inclusive")
    most = "" if assignment.max_points is None else f" of {points(assignment.max_points)}"
    return (
        f"The class: half of {len(settled)} students have from {points(low)} to {points(high)}"
        f"{most} points; the median is {points(middle)}."
    )


def _chosen(row: Row, number: int | None) -> Attempt | None:
    if number is None:
        return row.newest
    return next((one for one in row.attempts if one.number == number), None)


def _exercises(
    assignment: Assignment,
    report: Report,
    marks: Marks | None,
    show: Show,
    trails: Mapping[tuple[str, str], Sequence[tuple[int, Verdict]]],
    is_void: frozenset[tuple[str, str]],
) -> list[Exercise]:
    exercises: list[Exercise] = []
    comments = _comments(assignment, marks)
    for cell in report.cells:
        mark = marks.cells.get(cell.grade_id) if marks else None
        part = _part(assignment, report, cell, mark, comments.get(cell.grade_id, ()))
        if show is not Show.POINTS:
            checks = [
                _check(cell, check, show, is_void, trails.get((cell.grade_id, check.name), ()))
                for check in cell.checks
            ]
            part = Part(**{**vars(part), "checks": checks})
        title = assignment.exercises.get(cell.grade_id) or words_of(cell.grade_id)
        if exercises and exercises[-1].title == title:
            exercises[-1] = Exercise(title, [*exercises[-1].parts, part])
        else:
            exercises.append(Exercise(title, [part]))
    return exercises


def _part(
    assignment: Assignment,
    report: Report,
    cell: CellReport,
    mark: Mark | None,
    comments: Sequence[str],
) -> Part:
    most, by_hand = cell.max_points, mark.by_hand if mark else 0.0
    if not cell.manual:
        got = (cell.points or 0.0) + by_hand
        return Part(
            words_of(cell.grade_id), Score(got, most), by_hand=by_hand, comments=comments,
            cell=cell.grade_id,
        )  # fmt: skip
    known = mark.points if mark is not None else None
    score = Score(0.0, most, most) if known is None else Score(known, most)
    is_empty = False
    if assignment.manifest is not None:
        manifest_cell = next(
            (one for one in assignment.manifest.essays if one.cell_id == cell.grade_id), None
        )
        is_empty = manifest_cell is not None and is_unanswered(manifest_cell, report)
    if is_empty and mark is None:
        score = Score(0.0, most)
    return Part(
        words_of(cell.grade_id), score, is_essay=True, is_empty=is_empty, by_hand=by_hand,
        comments=comments, cell=cell.grade_id,
    )  # fmt: skip


def _check(
    cell: CellReport,
    check: CheckReport,
    show: Show,
    is_void: frozenset[tuple[str, str]],
    trail: Sequence[tuple[int, Verdict]],
) -> CheckView:
    total = sum(one.weight for one in cell.checks)
    most = cell.max_points * check.weight / total if total else 0.0
    is_wrong = check.verdict in (Verdict.FAILED, Verdict.ERROR)
    hint = plain_text(check.hint) if show is Show.HINTS and is_wrong else ""
    return CheckView(
        words_of(check.name),
        check.name,
        check.verdict,
        most if check.verdict is Verdict.PASSED else 0.0,
        most,
        plain_text(check.message).strip(),
        " ".join(hint.split()),
        (cell.grade_id, check.name) in is_void,
        trail if any(verdict is not Verdict.PASSED for _, verdict in trail) else (),
        cell.grade_id,
    )


def _trails(
    course: CourseReader, row: Row, attempt: Attempt
) -> dict[tuple[str, str], list[tuple[int, Verdict]]]:
    """Return how each check ended in the attempts up to this one, where there are several."""
    seen = [
        one
        for one in row.attempts
        if one.number <= attempt.number and one.state is State.GRADED and not one.same_as
    ][-MOST_IN_TRAIL:]
    if len(seen) < 2:
        return {}
    found: dict[tuple[str, str], list[tuple[int, Verdict]]] = {}
    for one in seen:
        report = course.report(one)
        for cell in report.cells if report else ():
            for check in cell.checks:
                found.setdefault((cell.grade_id, check.name), []).append(
                    (one.number, check.verdict)
                )
    return found


def _comments(assignment: Assignment, marks: Marks | None) -> dict[str, list[str]]:
    """Return people's comments by the cell with points that they are about.

    nbgrader keeps those on an answer with the answer's cell; the next cell with points is its own.
    """
    found: dict[str, list[str]] = {}
    if marks is None:
        return found
    said = {name: plain_text(mark.comment).strip() for name, mark in marks.cells.items()}
    if assignment.manifest is None:
        return {name: [text] for name, text in said.items() if text}
    worth = {cell.cell_id for cell in assignment.manifest.worth_points}
    before: list[str] = []
    last = ""
    for cell in assignment.manifest.cells:
        if text := said.get(cell.cell_id):
            before.append(text)
        if cell.cell_id in worth:
            last = cell.cell_id
            if before:
                found.setdefault(last, []).extend(before)
                before = []
    if before and last:
        found.setdefault(last, []).extend(before)
    return found


def _answered(assignment: Assignment, report: Report) -> tuple[int, int] | None:
    if assignment.manifest is None or report.refusal:
        return None
    cells = [cell for cell in assignment.manifest.cells if cell.role in (Role.ANSWER, Role.ESSAY)]
    there = sum(1 for cell in cells if not is_unanswered(cell, report))
    return there, len(cells)


def answers_in_words(answered: tuple[int, int] | None) -> str:
    """Return how many answers are there.

    >>> answers_in_words((2, 3)), answers_in_words((1, 1)), answers_in_words((0, 2))
    ('2 of 3 answers are there.', 'The answer is there.', 'No answer is there.')
    """
    if answered is None or not answered[1]:
        return ""
    there, most = answered
    if there == 0:
        return "No answer is there."
    if there == most:
        return "The answer is there." if most == 1 else f"All {counted(most, 'answer')} are there."
    return f"{there} of {counted(most, 'answer')} {'is' if there == 1 else 'are'} there."
