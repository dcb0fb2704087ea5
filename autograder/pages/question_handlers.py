"""Grading by question over HTTP, for staff; for everybody else there is nothing there.

    GET  _staff/grade/             the questions, with how far each is
    GET  _staff/grade/A/Q          the next answer that waits, `after` another one
    GET  _staff/grade/A/Q/rubric   its rubric
    POST _staff/grade/A/Q/rubric   what other items change, and to change it
    GET  _staff/grade/A/Q/N        one answer
    POST _staff/grade/A/Q/N        grade it, or write a note
    GET  _staff/grade/A/Q/N/text   what the student wrote, for a sandboxed frame

What it guarantees:

- What was typed is not lost: where it could not be taken the page has it again.
- Names are shown to who asks for them, and are in no address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from tornado.web import HTTPError

from autograder.course import CourseError
from autograder.feedback.requests import RequestError
from autograder.feedback.rubrics import Item, RubricChanged, RubricError
from autograder.gradebook import GradebookError
from autograder.gradebook.by_hand import MarkChanged
from autograder.pages.courses import CourseReader, is_name
from autograder.pages.question import (
    Answer,
    Desk,
    Question,
    answer_cells,
    items_typed,
    mark_of,
)
from autograder.pages.request import Page
from autograder.records import LogError, acting

_EMPTY_ROWS = 3
_REFUSED = (RequestError, RubricError, CourseError, GradebookError, LogError)


@dataclass(frozen=True)
class Given:
    """What a form has: what was typed, else what is there."""

    items: Sequence[str]
    comment: str = ""
    points: str = ""
    note: str = ""


class DeskPage(Page):
    """A page where people grade."""

    def initialize(  # type: ignore[override]  # tornado hands it what the route has
        self, desks: Mapping[str, Desk], **given: Any
    ) -> None:
        """Take each course's desk, too."""
        super().initialize(**given)
        self.desks = desks

    async def asked(self, course: str, assignment: str, cell: str) -> tuple[Desk, Question]:
        """Return a question of a course that the person grades.

        Raises:
            HTTPError: 404, there is none.
        """
        self.staff_course(course)
        desk = self.desks[course]
        question = await self.run(desk.question, assignment, cell) if is_name(assignment) else None
        if question is None:
            raise HTTPError(404)
        return desk, question

    def address(self, course: CourseReader, question: Question, rest: str = "") -> str:
        """Return the address of a question, or of something of it."""
        assignment, cell = (quote(part, safe="") for part in question.pair)
        root = f"{self.site.prefix}{quote(course.id)}/_staff/grade/{assignment}/{cell}"
        return f"{root}/{rest}" if rest else root


class Questions(DeskPage):
    """All questions of a course."""

    async def get(self, course: str) -> None:
        """Show them."""
        reader = self.staff_course(course)
        self.show("questions.html", reader, found=await self.run(self.desks[course].questions))


class NextAnswer(DeskPage):
    """The next answer that waits."""

    async def get(self, course: str, assignment: str, cell: str) -> None:
        """Go there, or say that there is none."""
        desk, question = await self.asked(course, assignment, cell)
        after = self.get_query_argument("after", "")
        found = await self.run(desk.next, question, self.caller.name, after)
        if found is not None:
            self.redirect(self.address(desk.course, question, found.id), status=303)
            return
        answers = await self.run(desk.answers, question, self.caller.name)
        self.show(
            "question_done.html", desk.course, question=question, answers=answers,
            root=self.address(desk.course, question),
        )  # fmt: skip


class OneAnswer(DeskPage):
    """What concerns one answer."""

    async def answer(
        self, desk: Desk, question: Question, name: str
    ) -> tuple[Answer, list[Answer]]:
        """Return an answer, and all in the grader's order.

        Raises:
            HTTPError: 404, there is none.
        """
        answers = await self.run(desk.answers, question, self.caller.name)
        found = next((one for one in answers if one.id == name), None)
        if found is None:
            raise HTTPError(404)
        return found, answers


class AnswerHandler(OneAnswer):
    """One answer, and its grade."""

    async def get(self, course: str, assignment: str, cell: str, name: str) -> None:
        """Show it."""
        desk, question = await self.asked(course, assignment, cell)
        await self._show(desk, question, name, None)

    async def _show(
        self, desk: Desk, question: Question, name: str, given: Given | None, *,
        problem: str = "", is_stale: bool = False,
    ) -> None:  # fmt: skip
        answer, answers = await self.answer(desk, question, name)
        who = self.caller.name

        def look() -> dict[str, Any]:
            from autograder.pages.notebook import prose  # it takes a second to load

            report = desk.report(question, answer)
            rubrics, mark = desk.course.rubrics, answer.mark
            before = rubrics.assessments(question.pair).get(answer.student)
            if before is not None and before.points != mark.manual:
                before = None  # somebody gave other points since
            items = before.items if before else ()
            typed = ""
            if mark.manual is not None and (before is None or before.is_own):
                typed = f"{mark.manual:g}"
            desk.claims.take(question.pair, answer.id, who)
            return {
                "report": report, "rubric": desk.rubric(question), "before": before,
                "given": given or Given(items, mark.comment, typed),
                "version": desk.version(question, answer, report),
                "notes": rubrics.notes(question.pair, answer.student),
                "kept": rubrics.comments(question.pair),
                "held_by": desk.claims.holder(question.pair, answer.id, who),
                "exercise": prose(question.exercise), "model": prose(question.model_answer),
            }  # fmt: skip

        place = answers.index(answer)
        self.show(
            "question.html", desk.course, question=question, answer=answer,
            number=place + 1, answers=answers,
            back=answers[place - 1].id if place else "",
            onward=answers[place + 1].id if place + 1 < len(answers) else "",
            root=self.address(desk.course, question), problem=problem, is_stale=is_stale,
            names=bool(self.get_query_argument("names", "")), **await self.run(look),
        )  # fmt: skip

    async def post(self, course: str, assignment: str, cell: str, name: str) -> None:
        """Do what a button says, and go on."""
        desk, question = await self.asked(course, assignment, cell)
        answer, _ = await self.answer(desk, question, name)
        comment, points, note, version, go = (
            self.get_body_argument(field, "", strip=False)
            for field in ("comment", "points", "note", "version", "go")
        )
        given = Given(self.get_body_arguments("item"), comment, points, note)
        actor, here = self.actor, self.address(desk.course, question, answer.id)
        if text := self.get_body_argument("kept", ""):
            given = replace(given, comment=f"{comment.rstrip()}\n{text}".lstrip())
            await self._show(desk, question, name, given)
            return

        def work() -> Answer | None:
            with acting(actor):
                if go == "note":
                    desk.course.rubrics.note(question.pair, answer.student, note)
                    return answer
                desk.grade(question, answer, given.items, points, comment, version)
            return desk.next(question, actor.name, answer.id)

        try:
            following = await self.run(work)
        except MarkChanged:
            self.set_status(409)
            await self._show(desk, question, name, given, is_stale=True)
        except _REFUSED as error:
            self.set_status(422)
            await self._show(desk, question, name, given, problem=str(error))
        else:
            if go == "note":
                self.redirect(f"{here}#notes", status=303)
                return
            at = following.id if following is not None else ""
            self.redirect(self.address(desk.course, question, at), status=303)


class AnswerText(OneAnswer):
    """What a student wrote, for a sandboxed frame."""

    async def get(self, course: str, assignment: str, cell: str, name: str) -> None:
        """Show it."""
        desk, question = await self.asked(course, assignment, cell)
        answer, _ = await self.answer(desk, question, name)
        report = await self.run(desk.report, question, answer)
        if report is None:
            raise HTTPError(404)
        only = replace(report, notebook=answer_cells(report, question))
        await self.show_notebook(course, question.assignment, 0, only)


class RubricHandler(DeskPage):
    """The rubric of a question."""

    async def get(self, course: str, assignment: str, cell: str) -> None:
        """Show it."""
        desk, question = await self.asked(course, assignment, cell)
        await self._show(desk, question)

    async def _show(
        self, desk: Desk, question: Question, rows: Sequence[tuple[str, str, str]] = (), *,
        problem: str = "", items: Sequence[Item] | None = None,
    ) -> None:  # fmt: skip
        rubric = await self.run(desk.rubric, question)
        rows = rows or [(item.id, item.text, f"{item.points:g}") for item in rubric.items]
        shown = replace(rubric, items=tuple(items)) if items is not None else rubric
        changes = await self.run(desk.preview, question, shown)
        self.show(
            "rubric.html", desk.course, question=question, rubric=rubric,
            rows=[*rows, *[("", "", "")] * _EMPTY_ROWS], changes=changes,
            mark=mark_of(changes), problem=problem, is_preview=items is not None,
            root=self.address(desk.course, question),
        )  # fmt: skip

    async def post(self, course: str, assignment: str, cell: str) -> None:
        """Show what it would change, or change it."""
        desk, question = await self.asked(course, assignment, cell)
        names, texts, typed = (self.get_body_arguments(f) for f in ("id", "text", "points"))
        rows = [row for row in zip(names, texts, typed, strict=False) if row[1].strip()]
        seen, version = (self.get_body_argument(f, "") for f in ("mark", "version"))
        is_sure, actor = self.get_body_argument("go", "") == "write", self.actor

        def work(items: Sequence[Item]) -> int:
            was = desk.rubric(question)
            if str(was.version) != version:
                raise RubricChanged(question.pair)
            with acting(actor):
                return desk.change(question, was, items, seen)

        try:
            items = items_typed(rows)
            if not is_sure:
                await self._show(desk, question, rows, items=items)
                return
            left = await self.run(work, items)
        except (RubricChanged, MarkChanged):
            self.set_status(409)
            problem = "Something changed meanwhile, and nothing was done. Look again."
            await self._show(desk, question, rows, problem=problem)
        except _REFUSED as error:
            self.set_status(422)
            await self._show(desk, question, rows, problem=str(error))
        else:
            rest = "rubric" if left else ""
            self.redirect(self.address(desk.course, question, rest), status=303)


def routes(
    base: str, given: dict[str, Any], courses: Mapping[str, CourseReader]
) -> list[tuple[str, type[Page], dict[str, Any]]]:
    """Return the pages of grading by question; arguments as those of `staff_handlers.routes`."""
    here = {**given, "desks": {name: Desk(one) for name, one in courses.items()}}
    question = f"{base}_staff/grade/([^/]+)/([^/]+)"
    one = f"{question}/([0-9a-f]{{16}})"
    return [
        (f"{base}_staff/grade/", Questions, here),
        (question, NextAnswer, here),
        (f"{question}/rubric", RubricHandler, here),
        (one, AnswerHandler, here),
        (f"{one}/text", AnswerText, here),
    ]
