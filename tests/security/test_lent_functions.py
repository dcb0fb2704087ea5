"""Attacks through what a check lends or asks of objects: calls, lengths, items, text and files.

The student's side is played by a thread that may send anything, or by the student's own modules.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.checking import Student, StudentError, WrongAnswer
from autograder.checking.running.line import Clock, Line
from autograder.student.borrowed import written_files
from autograder.wire import lent
from autograder.wire.channel import Channel
from autograder.wire.codec import Handle, encode
from autograder.wire.errors import Untransferable, WireError
from autograder.wire.exchange import Peer
from autograder.wire.namespace import Namespace

Behaviour = Callable[[dict[str, Any], Channel], None]


@pytest.fixture
def student(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Behaviour], Student]]:
    """Return a function that gives the `student` of a check whose student's process is a thread."""
    monkeypatch.setattr("autograder.wire.namespace.GRACE_SECONDS", 0.2)
    with contextlib.ExitStack() as stack:

        def start(behave: Behaviour) -> Student:
            ours, theirs = socket.socketpair()

            def work() -> None:
                with contextlib.suppress(WireError, OSError), Channel(theirs) as channel:
                    while True:
                        behave(channel.receive(time.monotonic() + 20), channel)

            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            namespace = Namespace(Peer(Channel(ours)))
            stack.callback(thread.join, 20)
            stack.callback(namespace.close)
            return Student(Line(namespace, Clock(10.0, 5.0)), {})

        yield start


def call(question: dict[str, Any], channel: Channel, *args: Any, **changed: Any) -> dict[str, Any]:
    """Call the first function that a question lent; return the answer."""
    asked = {"id": question["id"], "status": "calls", "function": 0, "arguments": encode([*args])}
    channel.send({**asked, **changed})
    return channel.receive(time.monotonic() + 10)


def answer(question: dict[str, Any], channel: Channel, value: Any) -> None:
    """Answer a question."""
    channel.send({"id": question["id"], "status": "ok", "value": encode(value)})


def test_a_flood_of_calls_is_stopped(student: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function runs as often as it may, then the check ends with the verdict `limit`."""
    monkeypatch.setattr(lent, "CALLS", 50)
    ran: list[int] = []

    def flood(question: dict[str, Any], channel: Channel) -> None:
        while True:
            call(question, channel, 1)

    asked = student(flood)
    with pytest.raises(StudentError, match="more than 50 times") as caught:
        asked.f(ran.append)
    assert (caught.value.limit, len(ran)) == (True, 50)
    with pytest.raises(StudentError):
        asked.g()


def test_a_flood_of_data_is_stopped(student: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """All arguments together are bounded, too."""
    monkeypatch.setattr(lent, "BYTES", 1_000_000)

    def flood(question: dict[str, Any], channel: Channel) -> None:
        while True:
            call(question, channel, b"x" * 300_000)

    with pytest.raises(StudentError, match="of arguments") as caught:
        student(flood).f(len)
    assert caught.value.limit


@pytest.mark.parametrize(
    "changed",
    [
        {"function": 1},
        {"function": -1},
        {"function": True},
        {"function": "eval"},
        {"arguments": "[]"},
        {"arguments": b""},
        {"arguments": encode({"x": 1})},
        {"arguments": encode([Handle(0, "int")])},
        {"arguments": encode([b"x" * (9 << 20)])},
        {"id": 5},
    ],
    ids=str,
)
def test_a_call_of_anything_else_ends_the_talk(student: Any, changed: dict[str, Any]) -> None:
    """Another number, another question, no data, too much data: nothing runs, all is over."""
    ran: list[object] = []

    def other(question: dict[str, Any], channel: Channel) -> None:
        call(question, channel, 1, **changed)

    with pytest.raises(StudentError, match="nothing that can be read"):
        student(other).f(ran.append)
    assert ran == []


def test_a_question_without_functions_cannot_be_called_back(student: Any) -> None:
    """What an earlier question lent is gone with it, whoever remembers its number."""
    ran: list[object] = []
    questions: list[str] = []

    def late(question: dict[str, Any], channel: Channel) -> None:
        questions.append(question["op"])
        if len(questions) == 1:
            answer(question, channel, 1)
        else:
            call(question, channel, 7)

    asked = student(late)
    assert asked.f(ran.append) == 1
    with pytest.raises(StudentError, match="nothing that can be read"):
        asked.g(3)
    assert ran == []


def test_a_call_after_the_answer_belongs_to_no_question(student: Any) -> None:
    """A call that is sent behind an answer is no answer to the next question."""
    ran: list[object] = []

    def behind(question: dict[str, Any], channel: Channel) -> None:
        answer(question, channel, 1)
        channel.send(
            {"id": question["id"], "status": "calls", "function": 0, "arguments": encode([1])}
        )

    asked = student(behind)
    assert asked.f(ran.append) == 1
    with pytest.raises(StudentError):
        asked.g(ran.append)
    assert ran == []


def test_a_function_cannot_be_led_into_another_question(student: Any) -> None:
    """Recursion through the student's code: a function that asks it is a mistake of the check."""
    from autograder.checking import AuthorError

    depth: list[int] = []

    def recurse(question: dict[str, Any], channel: Channel) -> None:
        answer(question, channel, call(question, channel, 1)["status"])

    asked = student(recurse)

    def again(x: int) -> int:
        depth.append(x)
        return int(asked.f(again))

    with pytest.raises(AuthorError, match="cannot ask it"):
        asked.f(again)
    assert depth == [1]


def test_what_does_not_return_takes_no_longer_than_a_call(student: Any) -> None:
    """Calls in between do not lengthen a question: its deadline goes on."""

    def slow(question: dict[str, Any], channel: Channel) -> None:
        call(question, channel, 1)
        time.sleep(1.0)
        call(question, channel, 1)

    asked = student(slow)
    asked._line._clock.call_seconds = 0.3
    begin = time.monotonic()
    with pytest.raises(StudentError):
        asked.f(abs)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("length", [-1, 2.0, True, "3", None, [1]], ids=str)
def test_a_length_is_a_whole_number(student: Any, length: object) -> None:
    """Whatever the student's process says a length is, `len` gives a whole number or no verdict."""

    def lie(question: dict[str, Any], channel: Channel) -> None:
        value = Handle(0, "Bag") if question["op"] == "call" else length
        answer(question, channel, value)

    with pytest.raises(WrongAnswer, match="The length of a Bag"):
        len(student(lie).make("Bag"))


@pytest.mark.parametrize("length", [1 << 70, 1 << 40])
def test_a_huge_length_is_the_answer_s_fault(student: Any, length: int) -> None:
    """A lie must not become an overflow of ours, nor room for a list of that length."""

    def lie(question: dict[str, Any], channel: Channel) -> None:
        answer(question, channel, Handle(0, "Bag") if question["op"] == "call" else length)

    with pytest.raises(WrongAnswer, match="The length of a Bag"):
        list(student(lie).make("Bag"))


@pytest.mark.parametrize("entry", [5, [1, 2], {"a": 1}, None], ids=str)
def test_items_come_one_by_one(student: Any, entry: object) -> None:
    """A next item that is none is a wrong answer, not an error of ours."""

    def lie(question: dict[str, Any], channel: Channel) -> None:
        made = question["op"] == "call" or question["operator"] == "iter"
        answer(question, channel, Handle(0, "Bag") if made else entry)

    bag = student(lie).make("Bag")
    with pytest.raises(WrongAnswer, match="The next item"):
        next(iter(bag))


@pytest.mark.parametrize("value", [1, "yes", None, [True]], ids=str)
def test_a_comparison_is_true_or_false(student: Any, value: object) -> None:
    """What is only taken for true cannot pass a check."""

    def lie(question: dict[str, Any], channel: Channel) -> None:
        answer(question, channel, Handle(0, "Bag") if question["op"] == "call" else value)

    bag = student(lie).make("Bag")
    for compare in (lambda: bag < 1, lambda: bag == 1, lambda: 1 in bag, lambda: bool(bag)):
        with pytest.raises(WrongAnswer, match="expected True or False"):
            compare()


def test_a_context_manager_that_ends_its_process_swallows_nothing(student: Any) -> None:
    """An exit that never comes back leaves the block's own verdict as it is."""

    def die(question: dict[str, Any], channel: Channel) -> None:
        if question["op"] == "call":
            answer(question, channel, Handle(0, "Bag"))
        elif question["operator"] == "enter":
            answer(question, channel, 1)
        else:
            channel.close()

    with pytest.raises(WrongAnswer, match="of the block"), student(die).make("Bag"):
        raise WrongAnswer("of the block")
    with pytest.raises(StudentError, match="ended"), student(die).make("Bag"):
        pass


@pytest.mark.parametrize("text", [b"bytes", 5, None, ["a"]], ids=str)
def test_printed_text_is_text(student: Any, text: object) -> None:
    """Anything else ends the talk."""
    with pytest.raises(StudentError, match="nothing that can be read"):
        student(lambda question, channel: answer(question, channel, text)).printed("f")


def test_a_flood_of_text_is_the_answer_s_fault(student: Any) -> None:
    """A text is read as far as it may be long; that there is more is said, and shown harmlessly."""
    flood = "\x1b[2J‮<script>" * 30_000
    with pytest.raises(WrongAnswer, match="printed more than 100000 characters") as caught:
        student(lambda question, channel: answer(question, channel, flood)).printed("f")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "files",
    [
        {"../up": b""},
        {"/etc/passwd": b""},
        {"a/../../b": b""},
        {"a//b": b""},
        {"": b""},
        {"a\x00b": b""},
        {"a\nb": b""},
        {"\u202egnp.exe": b""},
        {"x" * 201: b""},
        {5: b""},
        {"a": "text"},
        {"a": b"x" * (8 << 20), "b": b"x"},
        {str(number): b"" for number in range(201)},
        [("a", b"")],
    ],
    ids=lambda files: str(files)[:20],
)
def test_files_are_names_and_bytes_within_bounds(student: Any, files: object) -> None:
    """Names that lead elsewhere or act on a reader, other types, too many and too much."""
    with pytest.raises(StudentError, match="nothing that can be read"):
        student(lambda question, channel: answer(question, channel, files)).files()


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    """Links, pipes and sockets are passed over, unreadable names too; nothing waits."""
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/data.csv").write_bytes(b"1,2")
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "out").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "a\nb").write_bytes(b"")
    with socket.socket(socket.AF_UNIX) as bound:
        before = Path.cwd()
        os.chdir(folder)
        try:
            bound.bind("socket")
        finally:
            os.chdir(before)
        assert written_files(folder, 10, 100) == {"deep/data.csv": b"1,2"}


def test_a_sparse_file_and_many_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """A size that a file only claims is enough to refuse it."""
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Untransferable, match="bytes in them"):
        written_files(tmp_path, 10, 1 << 20)
    (tmp_path / "sparse").unlink()
    for number in range(4):
        (tmp_path / str(number)).touch()
    with pytest.raises(Untransferable, match="more than 3 files"):
        written_files(tmp_path, 3, 1 << 20)
