"""One person who asks too often waits; nobody else does, and the client waits by itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import requests

from autograder.handin import rate
from autograder.handin.rate import Rates
from autograder.handin.settings import ExchangeSettings
from gradlab_exchange import ExchangeClient

from ..exchange_hub import COURSE, RealHub, content_of, folder_with

PER_MINUTE = ExchangeSettings().requests_each


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_evenly() -> None:
    """All of a minute's requests may come at once; the next waits for its share of a minute."""
    clock = Seconds()
    rates = Rates(60, clock)
    assert [rates.take("alice") for _ in range(60)] == [0.0] * 60
    assert rates.take("alice") == pytest.approx(1.0)
    assert rates.take("bob") == 0.0
    clock.now += 0.75
    assert rates.take("alice") == pytest.approx(0.25)
    clock.now += 0.25
    assert rates.take("alice") == 0.0
    clock.now += 3600
    assert [rates.take("alice") > 0 for _ in range(61)] == [False] * 60 + [True]


def test_buckets_do_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person who did not ask for longest is forgotten first."""
    monkeypatch.setattr(rate, "MOST_BUCKETS", 2)
    rates = Rates(1, Seconds())
    for name in ("alice", "bob", "carol"):
        assert rates.take(name) == 0.0
    assert rates.take("carol") > 0
    assert rates.take("alice") == 0.0


def test_who_asks_too_often_waits_alone(real_hub: RealHub, tmp_path: Path) -> None:
    """A flood is 429 with the seconds to wait; graders and neighbours are served meanwhile."""
    name = "desk9"

    def ask(who: str) -> requests.Response:
        headers = {"Authorization": f"token {real_hub.token(who)}"}
        return requests.get(f"{real_hub.url}api/me", headers=headers, timeout=30)

    token = real_hub.token(name)
    header = {"Authorization": f"token {token}"}
    with requests.Session() as session:
        for _ in range(3 * PER_MINUTE):
            answer = session.get(f"{real_hub.url}api/me", headers=header, timeout=30)
            if answer.status_code == 429:
                break
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert f"more often than {PER_MINUTE} times a minute" in answer.json()["message"]
    assert ask("desk8").status_code == 200

    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    client = ExchangeClient(real_hub.url, token, wait=wait)
    while session.get(f"{real_hub.url}api/me", headers=header, timeout=30).status_code == 200:
        pass
    with content_of(folder_with(tmp_path / "late", {"tiny.ipynb": b'{"cells": []}'})) as content:
        assert client.submit(COURSE, "tiny", content).student == name
    assert waits
    assert min(waits) >= 1
