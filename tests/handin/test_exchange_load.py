"""Many students at once, over lines that break, with a service that is killed: nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from autograder.handin.uploads import ANNOUNCED
from autograder.records import Log
from gradlab_exchange import ExchangeClient, Manifest, Receipt
from gradlab_exchange.content import Content
from gradlab_exchange.names import RESERVED

from ..exchange_hub import COURSE, RealHub, content_of, folder_with, release, wait_until

PATIENCE_SECONDS = 120.0  # a busy machine is slow; nothing here waits longer than it must


class BreakingLine:
    """A line to the exchange that cuts many connections after a drawn number of bytes.

    Args:
        url: the exchange.
        seed: of the draws.
        share: of connections that are cut.
        most_bytes: after how many at most.
        answers: whether what comes back is cut, not what is sent.
    """

    def __init__(
        self, url: str, seed: int, share: float, most_bytes: int, *, answers: bool = False
    ) -> None:
        self._answers = answers
        self.target = urlsplit(url)
        self._random = random.Random(seed)
        self._share, self._most_bytes = share, most_bytes
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.cut = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{self.target.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            breaks = self._random.random() < self._share
            left = self._random.randrange(self._most_bytes) if breaks else -1
            threading.Thread(target=self._serve, args=(near, left), daemon=True).start()

    def _serve(self, near: socket.socket, left: int) -> None:
        try:
            far = socket.create_connection(
                (str(self.target.hostname), int(self.target.port or 0)), 30
            )
        except OSError:
            near.close()
            return
        there, back_left = (-1, left) if self._answers else (left, -1)
        back = threading.Thread(target=self._copy, args=(far, near, back_left), daemon=True)
        back.start()
        self._copy(near, far, there)
        back.join()

    def _copy(self, source: socket.socket, target: socket.socket, left: int) -> None:
        """Pass bytes on until the end, or until `left` of them have gone; -1 for all."""
        try:
            while data := source.recv(16384 if left < 0 else max(1, min(16384, left))):
                target.sendall(data)
                if left >= 0 and (left := left - len(data)) <= 0:
                    self.cut += 1
                    break
        except OSError:
            pass
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def close(self) -> None:
        """Take no further connections."""
        self._listener.close()


@pytest.fixture
def load(real_hub: RealHub, tmp_path: Path) -> Iterator[str]:
    """Release an assignment for the time of one test, and return its name."""
    name = f"load-{tmp_path.name[-12:].strip('_-')}"
    outbound = real_hub.store().outbound
    release(outbound.parent, name)
    yield name
    shutil.rmtree(outbound / name)


@pytest.fixture
def breaking_line(real_hub: RealHub) -> Iterator[BreakingLine]:
    line = BreakingLine(real_hub.url, seed=5, share=0.6, most_bytes=80_000)
    yield line
    line.close()


def hand_in(
    hub: RealHub, url: str, assignment: str, students: list[str], folder: Path, sizes: int
) -> list[tuple[Receipt, Manifest]]:
    """Let everybody submit work of their own at the same time."""
    tokens = [hub.token(student) for student in students]
    start = threading.Barrier(len(students))

    def one(number: int) -> tuple[Receipt, Manifest]:
        work = random.Random(number).randbytes(sizes + number)
        name = f"{assignment}.ipynb"
        source = folder_with(folder / students[number], {name: work, "data/notes.txt": b"n"})
        client = ExchangeClient(
            url, tokens[number], patience_seconds=PATIENCE_SECONDS, chunk_bytes=64 << 10
        )
        content: Content
        with content_of(source) as content:
            start.wait(60)
            return client.submit(COURSE, assignment, content), content.manifest

    with ThreadPoolExecutor(len(students)) as pool:
        return list(pool.map(one, range(len(students))))


def assert_nothing_lost(
    hub: RealHub, assignment: str, students: list[str], handed_in: list[tuple[Receipt, Manifest]]
) -> None:
    """Each has one submission, byte for byte what the receipt says, and one line of audit."""
    store = hub.store()
    stored = {one.student: one for one in store.submissions(assignment=assignment)}
    assert sorted(stored) == sorted(students)
    assert len(store.submissions(assignment=assignment)) == len(students)
    for student, (receipt, manifest) in zip(students, handed_in, strict=True):
        assert receipt.student == student
        assert receipt.digest == manifest.digest
        folder = stored[student].folder
        assert folder.name.endswith(f"{receipt.timestamp}+{receipt.number}")
        for file in receipt.files:
            assert hashlib.sha256((folder / file.path).read_bytes()).hexdigest() == file.sha256
        found = {path.name for path in folder.rglob("*") if path.is_file()} - set(RESERVED)
        assert found == {Path(file.path).name for file in manifest.files}
        (kept,) = store.receipts_of(student, assignment)
        assert kept["number"] == receipt.number
    lines = [line for line in Log(store.log).lines() if line["assignment"] == assignment]
    numbers = {line["number"] for line in lines if line["event"] == "submit"}
    assert numbers == {receipt.number for receipt, _manifest in handed_in}
    left = [json.loads(path.read_text()) for path in store.uploads.glob(f"*/{ANNOUNCED}")]
    assert assignment not in {one["assignment"] for one in left}


def test_sixty_at_once_lose_nothing_on_breaking_lines_and_through_a_kill(
    real_hub: RealHub, load: str, breaking_line: BreakingLine, tmp_path: Path
) -> None:
    """Lines break midway, the worker is killed in the middle: everybody has a right receipt."""
    students = [f"student{number:03}" for number in range(60)]
    keeper, worker = real_hub.service()

    def kill() -> None:
        wait_until(lambda: len(list(real_hub.store().inbound.glob(f"*+{load}+*"))) >= 10, 120)
        worker.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    handed_in = hand_in(real_hub, breaking_line.url, load, students, tmp_path, 120_000)
    killer.join()
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    assert real_hub.service() != (keeper, worker)
    assert breaking_line.cut >= 20
    assert_nothing_lost(real_hub, load, students, handed_in)


def test_fetching_goes_on_where_the_line_broke(
    real_hub: RealHub, load: str, tmp_path: Path
) -> None:
    """Answers that end midway are continued; what arrives is what was released, whole."""
    data = random.Random(3).randbytes(600_000)
    (real_hub.store().outbound / load / "weights.bin").write_bytes(data)
    line = BreakingLine(real_hub.url, seed=11, share=0.7, most_bytes=200_000, answers=True)
    where = ("courses", COURSE, "assignments", load)
    for number in range(10):
        client = ExchangeClient(
            line.url, real_hub.token("alice"), patience_seconds=PATIENCE_SECONDS
        )
        client.download(tmp_path / str(number), *where)
        assert (tmp_path / str(number) / "weights.bin").read_bytes() == data
        assert (tmp_path / str(number) / "data" / "points.csv").read_text() == "1,2\n"
    line.close()
    assert line.cut >= 5


@pytest.mark.slow
def test_five_hundred_at_once_lose_nothing(tmp_path: Path) -> None:
    """A whole class presses the button in the same instant, half of it on breaking lines."""
    students = tuple(f"student{number:03}" for number in range(500))
    (tmp_path / "hub").mkdir()
    hub = RealHub(tmp_path / "hub", students=students)
    hub.start()
    try:
        release(hub.store().folder, "load")
        line = BreakingLine(hub.url, seed=7, share=0.3, most_bytes=80_000)
        handed_in = hand_in(hub, line.url, "load", list(students), tmp_path / "homes", 100_000)
        line.close()
        assert line.cut >= 50
        assert_nothing_lost(hub, "load", list(students), handed_in)
    finally:
        hub.stop()


@pytest.mark.slow
def test_all_processes_of_the_exchange_may_die(
    real_hub: RealHub, load: str, tmp_path: Path
) -> None:
    """When the keeper is killed too, the hub starts the exchange anew; who waits loses nothing."""
    students = [f"student{number:03}" for number in range(10)]
    keeper, worker = real_hub.service()
    keeper.kill()
    psutil.wait_procs([keeper, worker], 30)
    handed_in = hand_in(real_hub, real_hub.url, load, students, tmp_path, 50_000)
    assert not worker.is_running()
    assert_nothing_lost(real_hub, load, students, handed_in)
