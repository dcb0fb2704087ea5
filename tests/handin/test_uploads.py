"""Uploads: the moment that counts, repeating, resuming, crashes, limits.

Longer than other modules: every test here drives the same upload by the same few steps.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.utils import parse_utc

from autograder.handin import uploads as uploads_module
from autograder.handin.announcement import Announcement
from autograder.handin.errors import (
    Altered,
    Exists,
    Forbidden,
    Missing,
    Replaced,
    TooMuch,
)
from autograder.handin.exchange import Exchange
from autograder.handin.identity import Caller
from autograder.handin.settings import ExchangeSettings
from autograder.handin.storage import Bundle, CourseStore
from autograder.records import Log, LogError
from gradlab_exchange import FileEntry, Manifest

from ..exchange_hub import COURSE
from .conftest import NOON, SetClock

WORK = b'{"cells": ["work"]}'
DUE = NOON


def announcement(files: dict[str, bytes] | None = None, **more: Any) -> dict[str, Any]:
    """Return what a client announces."""
    files = {"tiny.ipynb": WORK} if files is None else files
    entries = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in files.items()
    ]
    first = {"kind": "submission", "assignment": "tiny", "key": uuid.uuid4().hex}
    return {**first, "files": entries, **more}


def send(exchange: Exchange, caller: Caller, upload: str, offset: int, data: bytes) -> Any:
    """Send bytes as one request does, and return the answer."""
    uploads, found = exchange.open_upload(caller, COURSE, upload, offset)
    with uploads.part(found).open("r+b") as part:
        part.seek(offset)
        part.write(data)
    return exchange.finish(uploads, found, exchange.clock())


def submit(exchange: Exchange, caller: Caller, data: bytes = WORK, **more: Any) -> dict[str, Any]:
    """Announce and send; return the receipt."""
    said = announcement({"tiny.ipynb": data}, **more)
    answer = exchange.begin(caller, COURSE, said, exchange.clock())
    if "receipt" not in answer:
        answer = send(exchange, caller, answer["upload"], 0, data)
    return dict(answer["receipt"])


def moment(receipt: dict[str, Any]) -> datetime:
    return parse_utc(receipt["timestamp"]).replace(tzinfo=UTC)


def late(receipt: dict[str, Any]) -> bool:
    """Return whether nbgrader finds a submission late."""
    return bool(parse_utc(receipt["timestamp"]) > DUE.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("before_due", "is_late"),
    [(1.0, False), (0.0, False), (-0.999999, False), (-1.0, True), (-1.000001, True)],
)
def test_the_deadlines_second_is_in_time_and_the_next_is_late(
    exchange: Exchange, clock: SetClock, alice: Caller, before_due: float, is_late: bool
) -> None:
    """All of the second that the deadline names is in time; the next one's first instant is not."""
    clock.now = DUE - timedelta(seconds=before_due)
    assert late(submit(exchange, alice)) is is_late


@pytest.mark.parametrize(
    ("waited", "is_late"), [(0, False), (119.9, False), (120, False), (120.1, True), (900, True)]
)
def test_an_upload_counts_from_its_announcement_within_the_grace(
    exchange: Exchange, clock: SetClock, alice: Caller, waited: float, is_late: bool
) -> None:
    """A slow line or a busy server makes nobody late; beyond the grace the last byte counts."""
    clock.now = DUE
    upload = exchange.begin(alice, COURSE, announcement(), clock())["upload"]
    clock.move(seconds=waited)
    receipt = send(exchange, alice, upload, 0, WORK)["receipt"]
    assert late(receipt) is is_late
    if is_late:
        assert moment(receipt) == clock.now.replace(microsecond=0)


def test_what_was_announced_in_time_cannot_be_changed_later(
    exchange: Exchange, clock: SetClock, alice: Caller
) -> None:
    """Other bytes than those announced before the deadline are thrown away."""
    clock.now = DUE
    upload = exchange.begin(alice, COURSE, announcement(), clock())["upload"]
    clock.move(seconds=60)
    with pytest.raises(Altered):
        send(exchange, alice, upload, 0, WORK.replace(b"work", b"more"))
    assert exchange.submissions(alice, COURSE) == []
    assert late(submit(exchange, alice, b"more"))


def test_nobody_keeps_several_announcements_open_to_choose_from(
    exchange: Exchange, clock: SetClock, alice: Caller
) -> None:
    """A second announcement takes the first one's place: only one content is fixed at a time."""
    clock.now = DUE
    first = exchange.begin(alice, COURSE, announcement({"tiny.ipynb": b"one"}), clock())["upload"]
    second = exchange.begin(alice, COURSE, announcement({"tiny.ipynb": b"two"}), clock())["upload"]
    clock.move(seconds=10)
    with pytest.raises(Replaced):
        send(exchange, alice, first, 0, b"one")
    assert not late(send(exchange, alice, second, 0, b"two")["receipt"])
    assert late(submit(exchange, alice, b"one"))


@pytest.mark.parametrize("field", ["timestamp", "announced_at", "received_at", "student", "owner"])
def test_time_and_name_are_never_the_clients(
    exchange: Exchange, clock: SetClock, alice: Caller, field: str
) -> None:
    """Whatever a client says about who and when is not looked at."""
    forged = {field: "bob" if field in ("student", "owner") else "2020-01-01 00:00:00.0 UTC"}
    receipt = submit(exchange, alice, **forged)
    assert receipt["student"] == "alice"
    assert moment(receipt) == clock.now


@settings(max_examples=20)
@given(steps=st.lists(st.integers(-7200, 7200), min_size=2, max_size=6))
def test_moments_of_one_student_increase_whatever_the_clock_does(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    """The newest submission has the latest moment, so that it is the one that is collected."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "outbound" / "tiny").mkdir(parents=True)
    clock = SetClock()
    store = CourseStore(COURSE, folder, folder / "events.jsonl")
    exchange = Exchange({COURSE: store}, ExchangeSettings(), clock)
    alice = Caller("alice", frozenset({f"nbgrader-{COURSE}"}))
    moments = []
    for number, step in enumerate(steps):
        clock.move(seconds=step)
        moments.append(moment(submit(exchange, alice, f"{number}".encode())))
    assert moments == sorted(set(moments))


def test_the_same_again_gives_the_same_receipt(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """Same key, or same content as the newest: one receipt, one folder, one line of audit."""
    first = submit(exchange, alice, key="a" * 32)
    clock.move(hours=1)
    assert submit(exchange, alice, key="b" * 32) == first
    assert submit(exchange, alice, key="a" * 32) == first
    assert len(list(stores[COURSE].inbound.iterdir())) == 1
    assert len(list(Log(stores[COURSE].log).lines())) == 1


def test_going_back_to_earlier_work_is_a_new_submission(
    exchange: Exchange, clock: SetClock, alice: Caller
) -> None:
    """A, then B, then A again: the last one counts, with a moment of its own."""
    a = submit(exchange, alice, b"a")
    clock.move(minutes=1)
    submit(exchange, alice, b"b")
    clock.move(minutes=1)
    again = submit(exchange, alice, b"a")
    assert moment(again) > moment(a)
    assert exchange.submissions(alice, COURSE)[-1]["timestamp"] == again["timestamp"]


def test_a_late_repetition_of_an_old_request_changes_nothing(
    exchange: Exchange, clock: SetClock, alice: Caller
) -> None:
    """A request that is replayed after newer work was handed in gives its old receipt."""
    old = submit(exchange, alice, b"a", key="a" * 32)
    clock.move(minutes=1)
    new = submit(exchange, alice, b"b")
    assert submit(exchange, alice, b"a", key="a" * 32) == old
    assert exchange.submissions(alice, COURSE)[-1]["timestamp"] == new["timestamp"]


def test_the_receipt_is_for_the_bytes_that_are_stored(
    exchange: Exchange, stores: dict[str, CourseStore], alice: Caller
) -> None:
    """Every file of the receipt lies in nbgrader's folder with that hash, and its two marks."""
    files = {"tiny.ipynb": WORK, "data/a.csv": b"1,2\n", "empty.txt": b""}
    upload = exchange.begin(alice, COURSE, announcement(files), exchange.clock())["upload"]
    receipt = send(exchange, alice, upload, 0, b"".join(files.values()))["receipt"]
    (folder,) = stores[COURSE].inbound.iterdir()
    student, assignment, timestamp, number = folder.name.split("+")
    assert (student, assignment) == ("alice", "tiny")
    assert (timestamp, number) == (receipt["timestamp"], receipt["number"])
    assert (folder / "timestamp.txt").read_text() == timestamp
    assert len((folder / "submission_secret.txt").read_text()) == 128
    for file in receipt["files"]:
        data = (folder / file["path"]).read_bytes()
        assert data == files[file["path"]]
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert len(receipt["files"]) == len(files)
    assert not list(stores[COURSE].uploads.iterdir())


def test_an_upload_goes_on_where_it_stopped_after_a_restart(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """A new process knows what arrived, and the announcement's moment."""
    data = bytes(range(256)) * 10
    said = announcement({"tiny.ipynb": data})
    upload = exchange.begin(alice, COURSE, said, clock())["upload"]
    send(exchange, alice, upload, 0, data[:1000])
    restarted = Exchange(stores, ExchangeSettings(), clock)
    clock.move(seconds=60)
    answer = restarted.begin(alice, COURSE, announcement({"tiny.ipynb": data}), clock())
    assert answer == {"upload": upload, "offset": 1000}
    receipt = send(restarted, alice, upload, 1000, data[1000:])["receipt"]
    assert moment(receipt) == NOON


class Crash(BaseException):
    """The process died here."""


STEPS = [
    (uploads_module, "unpack"),
    (uploads_module, "write_whole"),
    (uploads_module, "write_json"),
    (uploads_module, "synchronise_folder"),
    (uploads_module.Path, "rename"),
    (uploads_module.shutil, "rmtree"),
    (uploads_module.os, "link"),
    (uploads_module.os, "unlink"),  # in the middle of removing what is done with
    (uploads_module.os, "rmdir"),
    (uploads_module.Log, "record"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, alice: Caller, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str]
) -> None:
    """Die before the first, second, … such step of a commit: the retry gives one submission."""
    owner, name = step
    real: Callable[..., Any] = getattr(owner, name)
    crashes = 0
    while True:
        folder = tmp_path / str(crashes)
        (folder / "outbound" / "tiny").mkdir(parents=True)
        stores = {COURSE: CourseStore(COURSE, folder, folder / "events.jsonl")}
        exchange = Exchange(stores, ExchangeSettings(), SetClock())
        upload = exchange.begin(alice, COURSE, announcement(), NOON)["upload"]
        left = [crashes]

        def dying(*given: Any, _left: list[int] = left, **more: Any) -> Any:
            if _left[0] == 0:
                raise Crash
            _left[0] -= 1
            return real(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, dying)
            try:
                send(exchange, alice, upload, 0, WORK)
            except Crash:
                crashes += 1
            else:
                break
        receipt = submit(Exchange(stores, ExchangeSettings(), SetClock()), alice)
        (stored,) = stores[COURSE].inbound.iterdir()
        assert (stored / "tiny.ipynb").read_bytes() == WORK
        assert stored.name.endswith(receipt["number"])
        assert not list(stores[COURSE].uploads.iterdir())
        (kept,) = stores[COURSE].receipts_of("alice", "tiny")
        assert kept["number"] == receipt["number"]
    assert crashes, "a commit has no such step"


def test_a_complete_upload_is_handed_in_even_if_nobody_asks_again(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """The last byte had arrived when the process died: its successor finishes, with that moment."""
    upload = exchange.begin(alice, COURSE, announcement(), clock())["upload"]
    uploads, found = exchange.open_upload(alice, COURSE, upload, 0)
    uploads.part(found).write_bytes(WORK)
    Exchange(stores, ExchangeSettings(), clock)
    assert len(exchange.submissions(alice, COURSE)) == 1


def plant(store: CourseStore, name: str, files: dict[str, str]) -> Path:
    """Put a slot into the uploads as an earlier version, or a bad disk, may have left it."""
    slot = store.uploads / name
    slot.mkdir()
    for path, text in files.items():
        (slot / path).parent.mkdir(parents=True, exist_ok=True)
        (slot / path).write_text(text)
    return slot


def broken_slots(store: CourseStore) -> list[Path]:
    """Plant one slot of each kind of fault."""
    stamp = Announcement.received(
        announcement(), course=COURSE, owner="bob", now=NOON, settings=ExchangeSettings()
    )
    file = FileEntry("timestamp.txt/x", 4, hashlib.sha256(b"work").hexdigest())
    old = replace(stamp, manifest=Manifest((file,)))
    part = f"{old.manifest.digest}.part"
    feedback = stamp.to_json() | {"kind": "feedback", "student": "gone"}
    whole = json.dumps(feedback)
    return [
        plant(store, old.slot, {"announcement.json": json.dumps(old.to_json()), part: "work"}),
        plant(store, "1" * 32, {"announcement.json": "{"}),
        plant(store, "2" * 32, {"announcement.json": json.dumps([1])}),
        plant(store, "3" * 32, {"intent.json": "\x00"}),
        plant(store, "4" * 32, {"intent.json": f'{{"announcement": {whole}, "address": ""}}'}),
        plant(store, "5" * 32, {"intent.json/x": ""}),
        plant(store, "6" * 32, {"announcement.json": '{"kind": "submission", "files": [{}]}'}),
    ]


def test_a_slot_that_cannot_be_finished_is_set_aside_and_the_others_go_on(
    exchange: Exchange,
    stores: dict[str, CourseStore],
    clock: SetClock,
    alice: Caller,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """`timestamp.txt/x`, damaged JSON, a submission that is gone: each lies aside and is named.

    A whole upload beside them is handed in, and the next start has nothing to say.
    """
    upload = exchange.begin(alice, COURSE, announcement(), clock())["upload"]
    uploads, found = exchange.open_upload(alice, COURSE, upload, 0)
    uploads.part(found).write_bytes(WORK)
    slots = broken_slots(stores[COURSE])
    again = Exchange(stores, ExchangeSettings(), clock)
    assert len(again.submissions(alice, COURSE)) == 1
    aside = sorted(path.name for path in stores[COURSE].uploads.iterdir())
    assert [name[:38] for name in aside] == sorted(f"aside-{slot.name}" for slot in slots)
    assert caplog.text.count("set aside: ") == len(slots)
    caplog.clear()
    Exchange(stores, ExchangeSettings(), clock).forget()
    assert sorted(path.name for path in stores[COURSE].uploads.iterdir()) == aside
    assert not caplog.records


def test_a_damaged_slot_does_not_keep_its_owner_from_handing_in(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """The next announcement finds the damage, sets it aside, and is taken."""
    for name in ("announcement.json", "intent.json"):
        data = name.encode()
        said = announcement({"tiny.ipynb": data})
        slot = exchange.begin(alice, COURSE, said, clock())["upload"][:32]
        (stores[COURSE].uploads / slot / name).write_text("{")
        assert submit(exchange, alice, data)["student"] == "alice"


def test_what_was_altered_on_the_disk_does_not_keep_the_service_from_starting(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """An upload whose bytes are other than announced is thrown away when the service starts."""
    upload = exchange.begin(alice, COURSE, announcement(), clock())["upload"]
    uploads, found = exchange.open_upload(alice, COURSE, upload, 0)
    uploads.part(found).write_bytes(WORK[::-1])
    again = Exchange(stores, ExchangeSettings(), clock)
    assert again.submissions(alice, COURSE) == []
    assert submit(again, alice)["student"] == "alice"


def test_nothing_is_done_that_cannot_be_written_down(
    exchange: Exchange,
    stores: dict[str, CourseStore],
    alice: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its line of audit a submission is not taken, and is taken later without sending."""

    def full(*_given: Any, **_more: Any) -> None:
        raise LogError("full")

    with monkeypatch.context() as patch:
        patch.setattr(uploads_module.Log, "record", full)
        with pytest.raises(LogError):
            submit(exchange, alice)
        assert not list(stores[COURSE].inbound.iterdir())
    assert submit(exchange, alice)["student"] == "alice"
    assert len(list(stores[COURSE].inbound.iterdir())) == 1


def test_limits_of_count_and_of_what_is_released(
    stores: dict[str, CourseStore], clock: SetClock, alice: Caller
) -> None:
    """Too many submissions, and one of what is not released, are refused with words."""
    exchange = Exchange(stores, ExchangeSettings(submissions_each=2), clock)
    for number in range(2):
        submit(exchange, alice, f"{number}".encode())
        clock.move(minutes=1)
    with pytest.raises(TooMuch, match="2 times"):
        submit(exchange, alice, b"third")
    with pytest.raises(Missing, match="not released"):
        submit(exchange, alice, assignment="unknown")


def test_a_release_is_replaced_whole_and_only_when_meant(
    exchange: Exchange, stores: dict[str, CourseStore], ines: Caller
) -> None:
    """A release that is there stays, unless it is forced; then no file of the old one is left."""
    said = announcement({"tiny.ipynb": b"new"}, kind="release")
    with pytest.raises(Exists, match="--force"):
        exchange.begin(ines, COURSE, said, exchange.clock())
    upload = exchange.begin(ines, COURSE, said | {"force": True}, exchange.clock())["upload"]
    assert send(exchange, ines, upload, 0, b"new") == {"released": "tiny"}
    released = stores[COURSE].outbound / "tiny"
    assert [path.name for path in released.iterdir()] == ["tiny.ipynb"]
    assert not list(stores[COURSE].uploads.iterdir())


def test_feedback_goes_to_the_student_whose_submission_it_is_on(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller,
    bob: Caller, ines: Caller,
) -> None:  # fmt: skip
    """Feedback lies under nbgrader's name, is given to its student, and to nobody else."""
    mine = submit(exchange, alice)
    submit(exchange, bob)
    said = announcement(
        {"tiny.html": b"<p>well done</p>"}, kind="feedback", student="alice",
        timestamp=mine["timestamp"],
    )  # fmt: skip
    upload = exchange.begin(ines, COURSE, said, clock())["upload"]
    assert send(exchange, ines, upload, 0, b"<p>well done</p>") == {"feedback": 1}
    (one,) = exchange.submissions(alice, COURSE)
    digest = hashlib.sha256(b"<p>well done</p>").hexdigest()
    assert one["notebooks"] == [{"name": "tiny", "feedback": digest}]
    (name, path), = exchange.feedback(alice, COURSE, "tiny", mine["timestamp"]).files  # fmt: skip
    secret = stores[COURSE].submissions("alice")[0].secret
    assert name == "tiny.html"
    assert path.stem == hashlib.md5((secret + "tiny").encode(), usedforsecurity=False).hexdigest()
    with pytest.raises(Missing):
        exchange.feedback(bob, COURSE, "tiny", mine["timestamp"])


def test_forgotten_uploads_are_removed_and_others_stay(
    exchange: Exchange, stores: dict[str, CourseStore], clock: SetClock, alice: Caller, bob: Caller
) -> None:
    """What nobody went on with for a week goes; what is new stays."""
    clock.now = datetime.now(UTC)
    exchange.begin(alice, COURSE, announcement(), clock())
    assert exchange.forget() == 0
    clock.move(days=8)
    assert exchange.forget() == 1
    assert not list(stores[COURSE].uploads.iterdir())


def test_another_persons_upload_does_not_exist(
    exchange: Exchange, alice: Caller, bob: Caller
) -> None:
    """Who knows the name of another's upload can neither go on with it nor learn of it."""
    upload = exchange.begin(alice, COURSE, announcement(), exchange.clock())["upload"]
    with pytest.raises(Missing):
        send(exchange, bob, upload, 0, WORK)
    assert send(exchange, alice, upload, 0, WORK)["receipt"]["student"] == "alice"


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("alice", {"fetch", "submit"}),
        ("tom", {"fetch", "submit", "see all", "collect"}),
        ("ines", {"fetch", "submit", "see all", "collect", "release", "unrelease", "feedback"}),
        ("service", {"fetch", "see all", "collect"}),
        ("other instructor", set()),
        ("stranger", set()),
    ],
)
def test_each_role_may_do_this_and_no_more(
    exchange: Exchange, clock: SetClock, alice: Caller, tom: Caller, ines: Caller,
    who: str, may: set[str],
) -> None:  # fmt: skip
    """The table of rights: for each role every right is tried."""
    elsewhere = frozenset(f"{kind}-statistics" for kind in ("nbgrader", "formgrade", "instructor"))
    callers = {
        "alice": alice, "tom": tom, "ines": ines,
        "service": Caller(COURSE, is_person=False, serves=COURSE),
        "other instructor": Caller("otto", elsewhere),
        "stranger": Caller("mallory", frozenset({"nobody", "nbgrader-deep", "nbgrader-"})),
    }  # fmt: skip
    caller = callers[who]
    submit(exchange, Caller("zoe", alice.groups))
    where = ("tiny", "zoe", exchange.submissions(tom, COURSE)[0]["timestamp"])
    page = announcement({"tiny.html": b"x"}, kind="feedback", student="zoe", timestamp=where[2])
    forced = announcement(kind="release", force=True)
    tries: dict[str, Callable[[], Any]] = {
        "fetch": lambda: exchange.assignment(caller, COURSE, "tiny"),
        "submit": lambda: submit(exchange, caller),
        "collect": lambda: exchange.submission(caller, COURSE, *where),
        "release": lambda: exchange.begin(caller, COURSE, forced, clock()),
        "feedback": lambda: exchange.begin(caller, COURSE, page, clock()),
    }
    allowed = set()
    if any(one["student"] == "zoe" for one in exchange.submissions(caller, COURSE)):
        allowed.add("see all")
    for right, attempt in tries.items():
        try:
            attempt()
        except Forbidden:
            continue
        allowed.add(right)
    try:
        exchange.unrelease(caller, COURSE, "tiny", "")
    except Forbidden:
        pass
    else:
        allowed.add("unrelease")
    assert allowed == may


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(0, 50), max_size=5), offset=st.integers(0, 260))
def test_content_from_any_byte_on_is_the_rest_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], offset: int
) -> None:
    """The pieces from an offset are exactly the bytes of the files, in order, behind it."""
    folder = tmp_path_factory.mktemp("bundle")
    files = []
    for number, size in enumerate(sizes):
        path = folder / str(number)
        path.write_bytes(bytes([number]) * size)
        files.append((path.name, path))
    bundle = Bundle(tuple(files))
    whole = b"".join(path.read_bytes() for _name, path in files)
    rest = b"".join(
        path.read_bytes()[start : start + size] for path, start, size in bundle.pieces(offset)
    )
    assert rest == whole[offset:]
    assert bundle.manifest().size == len(whole)
