"""What each role may and may not do: the table of the documentation, asked of a real hub."""

from __future__ import annotations

import csv
import re
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from autograder.feedback.requests import Requests, Subject
from autograder.records import Log

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "reference" / "roles.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
PEOPLE = {"nobody": "", "student": "bob", "outsider": "otto", "assistant": "tom",
          "instructor": "ines"}  # fmt: skip
OTHER = "alice"
REFUSED = (401, 403, 404, 405)

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


@pytest.fixture(scope="module")
def names(two_courses: Any) -> dict[str, str]:
    """Return what the requests of the table name: a submission of alice's with its rows."""
    from nbgrader.api import Gradebook

    home = two_courses.home / "courses" / "vision"
    autograded = home / "autograded" / OTHER / "tiny"
    autograded.mkdir(parents=True)
    notebook = two_courses.folder / "vision" / "assignments" / "tiny" / "tiny.ipynb"
    (autograded / "tiny.ipynb").write_bytes(notebook.read_bytes())
    (home / "submitted" / OTHER / "tiny").mkdir(parents=True)
    (home / "submitted" / OTHER / "tiny" / "tiny.ipynb").write_bytes(notebook.read_bytes())
    with Gradebook(f"sqlite:///{home / 'gradebook.db'}", "vision") as gradebook:
        gradebook.add_student(OTHER)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader's own way with SQLAlchemy
            submission = gradebook.add_submission("tiny", OTHER)
        one = submission.notebooks[0]
        rows = {"submission": one.id, "grade": one.grades[0].id, "comment": one.comments[0].id}
    about = Subject(OTHER, "tiny", "2026-12-01 10:00:00.0 UTC", "doubling", "test_doubles")
    requests = Requests(Log(home / "events.jsonl"), "vision")
    return rows | {"request": requests.ask(about, 1, "", "why", 1).id}


@pytest.fixture(scope="module")
def people(two_courses: Any, names: dict[str, str]) -> dict[str, Any]:
    """Return one person of each role, logged in."""
    return {role: two_courses.person(name) for role, name in PEOPLE.items()}


@pytest.mark.parametrize("role", PEOPLE)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["what"])
def test_the_table_is_what_the_hub_does(
    people: dict[str, Any], names: dict[str, str], row: dict[str, str], role: str
) -> None:
    """Each request of the table succeeds for whom it says and is refused to everybody else."""
    person = people[role]
    words = row["request"]
    for name, value in {
        **names,
        "course": "vision",
        "me": person.name or "x",
        "other": OTHER,
    }.items():
        words = words.replace(f"{{{name}}}", value)
    method, path, *body = words.split(" ", 2)
    if "{version}" in words:  # the form's, as it is now
        form = re.search(r'name="version" value="([^"]+)"', person.get(path).text)
        body = [body[0].replace("{version}", form[1] if form else "1-0")]
    # a stream of events has no end
    values = {"stream": True} if path.rstrip("/").endswith("/events") else {}
    answer = person.get(path, **values) if values else person.ask(method, path, *body or [None])
    at_log_in = urlsplit(answer.url).path == "/hub/login"
    if row[role] == "yes":
        assert answer.status_code < 400, answer.text[-600:]
        assert not at_log_in
    else:
        assert at_log_in or answer.status_code in REFUSED, (answer.status_code, answer.text[-600:])


def test_every_change_that_formgrader_knows_is_in_the_table() -> None:
    """No route that changes something is left out of the table, and the rights know each."""
    from autograder.formgrader.rights import CHANGES

    asked = [row["request"].split(" ", 2)[:2] for row in ROWS]
    for method, pattern in CHANGES:
        assert any(
            method == how and re.fullmatch(rf"/services/{{course}}{pattern}", path)
            for how, path in asked
        ), (method, pattern)


def test_every_page_is_in_the_table() -> None:
    """No address of the pages is left out of the table, and those that change something say so."""
    from autograder.pages import handlers
    from autograder.pages.request import Site
    from autograder.pages.streams import Streams

    site = Site("/services/pages/", "/hub/", {}, "UTC", None, Streams(), None, None)  # type: ignore[arg-type]
    open_to_all = (handlers.Health, handlers.Callback, handlers.Static)
    asked = [row["request"].split(" ", 2)[:2] for row in ROWS]
    for rule in handlers.application(site, None, "secret").wildcard_router.rules:
        if rule.target in open_to_all:
            continue
        for method in ("GET", "POST", "PUT", "DELETE"):
            if getattr(rule.target, method.lower()) is handlers.Page._unimplemented_method:
                continue
            assert any(
                method == how and rule.matcher.regex.fullmatch(path.partition("?")[0])
                for how, path in asked
            ), (method, rule.matcher.regex.pattern)


def test_every_route_of_nbgrader_is_decided() -> None:
    """A new nbgrader's route that changes something is noticed here, and refused until then."""
    from nbgrader.server_extensions.formgrader import apihandlers, handlers

    from autograder.formgrader.rights import CHANGES

    known = {
        (method, pattern)
        for pattern, handler, *_ in [*handlers.default_handlers, *apihandlers.default_handlers]
        for method in ("POST", "PUT", "PATCH", "DELETE")
        if method.lower() in vars(handler)
    }
    assert known == set(CHANGES)


def test_a_token_gives_no_more_than_its_owner_may(people: dict[str, Any]) -> None:
    """With a token of a TA's own, formgrader refuses what it refuses to the TA's browser."""
    tom = people["assistant"]
    made = tom.ask("POST", "/hub/api/users/tom/tokens", '{"note": "script"}')
    assert made.status_code == 201, made.text
    import requests

    headers = {"Authorization": f"token {made.json()['token']}"}
    base = f"{tom.hub.url}services/vision/formgrader/api/assignment/tiny"
    assert requests.get(base, headers=headers, timeout=30).status_code == 200
    assert requests.post(f"{base}/release", headers=headers, timeout=30).status_code == 403


def test_a_refusal_says_who_may(people: dict[str, Any]) -> None:
    """A TA's page learns which role is needed."""
    answer = people["assistant"].ask(
        "POST", "/services/vision/formgrader/api/assignment/tiny/release", "{}"
    )
    assert answer.json()["message"].endswith("takes instructor")


def test_rights_of_one_course_are_none_in_another(people: dict[str, Any]) -> None:
    """Who runs one course, or grades one and learns in another, has nothing in the other."""
    assert people["outsider"].get("/services/text/formgrader/manage_assignments").status_code == 200
    assert people["assistant"].get("/services/text/formgrader/").status_code == 403
    assert people["instructor"].get("/services/text/formgrader/").status_code == 403


def test_formulas_of_a_submission_are_drawn_by_this_server(
    people: dict[str, Any], names: dict[str, str]
) -> None:
    """The page of a submission names a script that is there."""
    tom = people["assistant"]
    page = tom.get(f"/services/vision/formgrader/submissions/{names['submission']}/")
    assert page.status_code == 200
    source = re.search(r'src="(\S*MathJax\.js)\?', page.text)
    assert source is not None
    script = tom.get(urljoin(page.url, source[1]))
    assert script.status_code == 200
    assert "MathJax" in script.text
