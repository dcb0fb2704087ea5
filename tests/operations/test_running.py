"""A hub that is served: its health, its numbers, its audit trail, and its idle servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from autograder.operations.service import TOKEN
from autograder.records import Log

from ..serving import free_port
from .running import Person, RunningHub, running, until, words_of

pytestmark = pytest.mark.slow
IDLE_SECONDS = 60


@pytest.fixture(scope="module")
def hub(course_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """A hub on which two students and an instructor have logged in."""
    with running(
        course_folder,
        tmp_path_factory.mktemp("operations"),
        GRADLAB_OPERATIONS_METRICS_PORT=str(free_port()),
        GRADLAB_OPERATIONS_IDLE_SECONDS=str(IDLE_SECONDS),
        GRADLAB_OPERATIONS_LOG_FORMAT="json",
        GRADLAB_EXCHANGE_KIND="files",
        GRADLAB_HUB_GRADING_ON_SUBMIT="no",  # what people press is looked at here
    ) as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: RunningHub) -> Person:
    person = hub.person("alice")
    person.work()
    return person


def sessions_of(hub: RunningHub, name: str) -> list[int]:
    """Return the host's processes of a person's notebook server."""
    assert hub.process is not None
    return [
        process.pid
        for process in psutil.Process(hub.process.pid).children(recursive=True)
        if any(word.endswith(f"/homes/{name}") for word in words_of(process))
    ]


def scrape(hub: RunningHub, token: str) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = requests.get(
        f"{hub.url}services/operations/metrics",
        headers={"Authorization": f"Bearer {token}"}, timeout=60,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(value for _name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_health_is_public_and_tells_no_secrets(hub: RunningHub) -> None:
    """Anybody may ask whether all parts work, and learns nothing else."""
    answer = requests.get(f"{hub.url}services/operations/health", timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "status": "good",
        "parts": dict.fromkeys(("hub", "proxy", "database", "disk", "exchange"), "good"),
    }


def test_health_names_the_part_that_fails(hub: RunningHub) -> None:
    """A gradebook or an exchange that is gone is 503 with the part's name and no path."""
    url = f"{hub.url}services/operations/health"
    for part, path in (
        ("database", hub.home / "gradebook.db"),
        ("exchange", hub.home / "exchange" / "deep-learning" / "inbound"),
    ):
        aside = path.with_name("aside")
        path.rename(aside)
        try:
            until(lambda: requests.get(url, timeout=60).status_code == 503)
            answer = requests.get(url, timeout=60)
            failing = {name for name, state in answer.json()["parts"].items() if state != "good"}
            assert failing == {part}
            assert str(hub.home) not in answer.text
        finally:
            aside.rename(path)
        until(lambda: requests.get(url, timeout=60).status_code == 200)


def test_health_names_a_hub_and_a_proxy_that_hang(hub: RunningHub) -> None:
    """The loopback port tells of them while the public one cannot answer."""
    assert hub.process is not None
    url = f"http://127.0.0.1:{hub.variables['GRADLAB_OPERATIONS_METRICS_PORT']}/health"
    children = psutil.Process(hub.process.pid).children(recursive=True)
    for part, word in (("proxy", "configurable-http-proxy"), ("hub", "jupyterhub_config.py")):
        (process,) = [one for one in children if any(word in each for each in words_of(one))]
        process.suspend()
        try:
            until(lambda: requests.get(url, timeout=60).status_code == 503)
            parts = requests.get(url, timeout=60).json()["parts"]
            assert "answer" in parts[part]
            assert {name for name in parts if parts[name] != "good"} <= {part, "proxy"}
        finally:
            process.resume()
        until(lambda: requests.get(url, timeout=60).status_code == 200)


def test_metrics_want_the_token(hub: RunningHub) -> None:
    """Through the public port the numbers are for whoever has the token, on loopback for all."""
    url = f"{hub.url}services/operations/metrics"
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer"}):
        assert requests.get(url, headers=header, timeout=60).status_code == 401
    port = hub.variables["GRADLAB_OPERATIONS_METRICS_PORT"]
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60)
    assert "gradlab_up" in answer.text


def test_metrics_count_what_there_is(hub: RunningHub, alice: Person) -> None:
    """Sessions, parts and actions are numbers that Prometheus' own parser reads."""
    token = (hub.home / "hub" / TOKEN).read_text()
    found = scrape(hub, token)
    assert found["gradlab_sessions", ("ready",)] >= 1
    assert found["gradlab_up", ("proxy",)] == 1
    assert found["gradlab_actions_total", ("release", "tiny", "deep-learning")] == 1
    assert found["gradlab_free_bytes", ()] > 0
    assert all(value == 1 for (name, _l), value in found.items() if name == "gradlab_readable")
    assert "alice" not in json.dumps([labels for _name, labels in found])


def test_every_step_has_its_audit_line_with_who_did_it(hub: RunningHub, alice: Person) -> None:
    """What is handed in by files, and each of formgrader's buttons, is in the trail by name."""
    trail = Log(hub.home / "events.jsonl")

    def lines(action: str) -> list[dict[str, Any]]:
        return [line for line in trail.lines() if line["event"] == action]

    (release,) = lines("release")
    assert release["who"].endswith("@local")
    inbound = hub.home / "exchange" / "deep-learning" / "inbound"
    folder = inbound / "alice+tiny+2026-05-04 12:00:00.000000 UTC+x"
    folder.mkdir()
    (folder / "tiny (1).ipynb").write_text("not a notebook")  # renamed, too
    (folder / "timestamp.txt").write_text("2026-05-04 12:00:00.000000 UTC")
    (submit,) = until(lambda: lines("submit"))
    assert (submit["student"], submit["via"]) == ("alice", "file exchange")

    ines = hub.person("ines")
    ines.login()
    base = f"{hub.url}services/deep-learning/"
    until(lambda: ines.session.get(f"{base}formgrader", timeout=60).status_code == 200)
    # what a browser, or a session on this machine, claims stands before what the proxy saw
    xsrf = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-XSRFToken": ines.session.cookies.get("_xsrf", path="/services/deep-learning/"),
    }

    def press(method: str, path: str, **body: Any) -> Any:
        answer = ines.session.request(
            method, f"{base}formgrader/api/{path}", json=body or None, headers=xsrf, timeout=120
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert press("POST", "assignment/tiny/collect")["success"]
    assert press("POST", "submission/tiny/alice/autograde")["success"]
    (row,) = press("GET", "submissions/tiny")
    (notebook,) = press("GET", "submitted_notebooks/tiny/tiny")
    (grade,) = press("GET", f"grades?submission_id={notebook['id']}")
    press("PUT", f"grade/{grade['id']}", manual_score=1.5, extra_credit=None)
    press("PUT", f"grade/{grade['id']}", manual_score=1.5, extra_credit=None)  # no change: no line
    (hub.root / "course.toml").write_text("[late]\npercent = 10\n")
    due = {"duedate_notimezone": "2026-05-02 12:00:00", "duedate_timezone": "UTC"}
    press("PUT", "assignment/tiny", **due)
    (penalty,) = lines("penalty")
    assert (penalty["who"], penalty["student"]) == ("ines", "alice")
    assert penalty["penalty"] == pytest.approx(0.2 * 1.5)
    again = press("POST", "submission/tiny/alice/autograde")
    assert again["success"]
    assert again["log"].splitlines() == [
        "alice: tiny.ipynb was submitted under another name.",
        "The submission is unchanged: its grade stands.",
    ]
    none = press("POST", "submission/tiny/bob/autograde")
    assert not none["success"]
    assert "student 'bob' has no collected submission" in none["error"]
    for action in ("collect", "grade", "manual grade"):
        (line,) = lines(action)
        assert (line["who"], line["via"], line["student"]) == ("ines", "formgrader", "alice")
        assert line["from"] == "127.0.0.1"
    assert lines("manual grade")[0]["manual_score"] == 1.5
    assert len(lines("manual grade")[0]["answer"]) == 64
    assert row["student"] == "alice"
    assert trail.check().problems == ()


def test_logs_are_json_and_tell_their_source(hub: RunningHub, alice: Person) -> None:
    """Every line of the hub's log, from whichever process, is an object with level and message."""
    lines = [
        json.loads(raw) for raw in (hub.home / "hub" / "jupyterhub.log").read_text().splitlines()
    ]
    assert {"JupyterHub", "ConfigProxy"} <= {line["source"] for line in lines}
    assert all(line["when"] and "message" in line for line in lines)


@pytest.mark.timeout(900)
def test_an_idle_server_is_stopped_and_a_busy_one_is_not(hub: RunningHub, alice: Person) -> None:
    """Who runs a cell keeps the server however long; who left loses it after the idle time."""
    bob = hub.person("bob")
    bob.work()
    code = "import time\nwhile True: time.sleep(1); print('.', flush=True)"
    with bob.running_cell(code) as channel:
        until(lambda: json.loads(channel.recv())["msg_type"] == "stream")
        homes = hub.home / "homes"

        def stopped() -> bool:  # looking by way of the proxy would be activity
            channel.ping()
            return not sessions_of(hub, "alice")

        assert sessions_of(hub, "alice")
        until(stopped, 8 * IDLE_SECONDS)
        assert sessions_of(hub, "bob")
        assert bob.is_served()
        assert (homes / "alice").is_dir()
