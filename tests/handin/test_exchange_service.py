"""Attacks on the exchange as people reach it: a real hub knows them, a real process serves them."""

from __future__ import annotations

import hashlib
import json
import socket
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from autograder.records import Log
from gradlab_exchange import ExchangeClient, Refused

from ..exchange_hub import ADMIN, COURSE, OTHER, RealHub, content_of, folder_with, wait_until

WORK = {"tiny.ipynb": b'{"cells": ["work"]}'}


def announcement(files: dict[str, bytes], **more: Any) -> dict[str, Any]:
    entries = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in files.items()
    ]
    first = {"kind": "submission", "assignment": "tiny", "key": uuid.uuid4().hex}
    return {**first, "files": entries, **more}


class Raw:
    """Requests as an attacker makes them."""

    def __init__(self, hub: RealHub, token: str) -> None:
        self.hub = hub
        self.headers = {"Authorization": f"token {token}"}

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = self.headers | more.pop("headers", {})
        return requests.request(
            method, f"{self.hub.url}api/{path}", headers=headers, timeout=30, **more
        )

    def announce(self, files: dict[str, bytes], course: str = COURSE, **more: Any) -> Any:
        return self("POST", f"courses/{course}/uploads", json=announcement(files, **more))


@pytest.fixture
def raw(real_hub: RealHub) -> Raw:
    return Raw(real_hub, real_hub.token("alice"))


def submit(client: ExchangeClient, folder: Path, files: dict[str, bytes]) -> Any:
    with content_of(folder_with(folder, files)) as content:
        return client.submit(COURSE, "tiny", content)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "token"},
        {"Authorization": "token wrong"},
        {"Authorization": "Basic YWxpY2U6cGFzcw=="},
        {"X-Forwarded-User": "ines", "Remote-User": "ines", "X-JupyterHub-User": "ines"},
        {"Cookie": "jupyterhub-services=ines; token=ines"},
    ],
)
def test_without_a_token_of_the_hub_nobody_gets_anything(
    real_hub: RealHub, headers: dict[str, str]
) -> None:
    """No header but a token that the hub knows says who somebody is."""
    for path in ("me", "assignments", "submissions", f"courses/{COURSE}/assignments/tiny"):
        answer = requests.get(f"{real_hub.url}api/{path}", headers=headers, timeout=30)
        assert answer.status_code == 401, path
        assert "message" in answer.json()
    address = f"{real_hub.url}api/me?token={real_hub.token('ines')}"
    assert requests.get(address, headers=headers, timeout=30).status_code == 401


def test_headers_beside_the_token_change_nothing(raw: Raw) -> None:
    """A student with an instructor's name in every header is the student."""
    forged = {
        "X-Forwarded-User": "ines", "Remote-User": "ines", "X-HTTP-Method-Override": "DELETE",
        "X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/services/exchange/api/me",
    }  # fmt: skip
    assert raw("GET", "me", headers=forged).json()["name"] == "alice"
    answer = raw("GET", f"courses/{COURSE}/assignments/tiny", headers=forged)
    assert answer.status_code == 200
    assert raw("GET", "assignments").json()["assignments"] != []


def test_two_tokens_in_one_request_are_none(real_hub: RealHub) -> None:
    """A request that could be read as two persons is refused."""
    tokens = [real_hub.token("alice"), real_hub.token("ines")]
    lines = [f"Authorization: token {token}" for token in tokens]
    address = urlsplit(real_hub.url)
    head = "\r\n".join([f"GET {address.path}api/me HTTP/1.1", "Host: x", *lines, "", ""])
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 10) as line:
        line.sendall(head.encode())
        assert b" 401 " in line.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("scopes", [["read:users:name!user"], ["users:activity!user"]])
def test_a_token_that_is_not_meant_for_the_exchange_is_refused(
    real_hub: RealHub, scopes: list[str]
) -> None:
    """The hub's own narrow tokens, such as those in browsers, do not open the exchange."""
    answer = Raw(real_hub, real_hub.token("alice", scopes))("GET", "me")
    assert answer.status_code == 403
    assert "may not be used" in answer.json()["message"]


def test_the_hub_gives_nobody_outside_a_course_the_scope(real_hub: RealHub) -> None:
    """A person without a course gets no token for the exchange, whatever they ask the hub for."""
    headers = {"Authorization": f"token {ADMIN}"}
    requests.post(f"{real_hub.api}/users/mallory", headers=headers, timeout=30)
    wanted = {"scopes": ["access:services!service=exchange"]}
    address = f"{real_hub.api}/users/mallory/tokens"
    answer = requests.post(address, headers=headers, json=wanted, timeout=30)
    assert answer.status_code in (400, 403)
    inherited = Raw(real_hub, real_hub.token("mallory", ["inherit"]))
    assert inherited("GET", "me").status_code == 403


def test_services_are_known_by_name_and_may_only_grade_their_course(real_hub: RealHub) -> None:
    """Formgrader's own token collects in its course and releases nowhere; others get nothing."""
    grading = Raw(real_hub, f"token-of-the-service-{COURSE}-0123")
    mine = grading("GET", "me").json()["courses"]
    assert mine == [{"course": COURSE, "member": False, "grader": True, "instructor": False}]
    assert grading.announce(WORK, kind="release", force=True).status_code == 403
    assert grading.announce(WORK).status_code == 403
    assert grading("GET", f"courses/{OTHER}/assignments/tiny").status_code == 403
    assert Raw(real_hub, "token-of-a-strange-service-0123")("GET", "me").status_code == 403
    assert Raw(real_hub, ADMIN)("GET", "me").status_code == 403


def test_a_student_sees_and_gets_their_own_only(
    real_hub: RealHub, raw: Raw, tmp_path: Path
) -> None:
    """Bob's submission is not in Alice's list, under no query, and she can fetch none of it."""
    receipt = submit(real_hub.client("bob"), tmp_path / "bob", {"tiny.ipynb": b"bob's"})
    submit(real_hub.client("alice"), tmp_path / "alice", {"tiny.ipynb": b"alice's"})
    for query in ("", "?student=bob", "?student=", f"?course={COURSE}", "?student=*"):
        seen = raw("GET", f"submissions{query}").json()["submissions"]
        assert {one["student"] for one in seen} <= {"alice"}, query
    where = f"tiny/bob/{receipt.timestamp}"
    for path in (f"submissions/{where}", f"submissions/{where}/content?version=x&offset=0"):
        answer = raw("GET", f"courses/{COURSE}/{path}")
        assert answer.status_code == 403
        assert b"bob's" not in answer.content
    page = raw("GET", f"courses/{COURSE}/feedback/tiny/{receipt.timestamp}")
    assert page.status_code == 404


def test_nothing_of_another_course_is_in_reach(real_hub: RealHub, tmp_path: Path) -> None:
    """An instructor of one course is nobody in the other, and cannot tell whether one exists."""
    otto = Raw(real_hub, real_hub.token("otto"))
    assert {one["course"] for one in otto("GET", "assignments").json()["assignments"]} == {OTHER}
    for course in (COURSE, "no-such-course"):
        answers = [
            otto("GET", f"courses/{course}/assignments/tiny"),
            otto("DELETE", f"courses/{course}/assignments/tiny"),
            otto("GET", f"courses/{course}/ahead/tiny?digest="),
            otto.announce(WORK, course),
            otto.announce(WORK, course, kind="release", force=True),
            otto("PUT", f"courses/{course}/uploads/{'0' * 64}?offset=0", data=b""),
        ]
        assert [answer.status_code for answer in answers] == [403] * 6
        assert "is not in the course" in answers[0].json()["message"]
    assert otto("GET", f"submissions?course={COURSE}").json()["submissions"] == []


def test_a_ta_can_collect_and_can_release_nothing(real_hub: RealHub, tmp_path: Path) -> None:
    """The exchange itself refuses a TA's release, taking back, and release of feedback."""
    receipt = submit(real_hub.client("bob"), tmp_path / "bob", WORK)
    tom = Raw(real_hub, real_hub.token("tom"))
    where = ("courses", COURSE, "submissions", "tiny", "bob", receipt.timestamp)
    real_hub.client("tom").download(tmp_path / "collected", *where)
    assert (tmp_path / "collected" / "tiny.ipynb").read_bytes() == WORK["tiny.ipynb"]
    page = {"kind": "feedback", "student": "bob", "timestamp": receipt.timestamp}
    refused = [
        tom.announce(WORK, kind="release", force=True),
        tom("DELETE", f"courses/{COURSE}/assignments/tiny"),
        tom.announce({"tiny.html": b"x"}, **page),
    ]
    assert [answer.status_code for answer in refused] == [403] * 3
    assert "instructor-deep-learning" in refused[0].json()["message"]
    line = list(Log(real_hub.store().log).lines())[-1]
    assert (line["who"], line["event"], line["student"]) == ("tom", "collect", "bob")


def test_who_leaves_the_staff_can_release_nothing_from_that_moment(real_hub: RealHub) -> None:
    """Groups are asked of the hub afresh for each release, whatever was answered a second ago."""
    headers = {"Authorization": f"token {ADMIN}"}
    group = f"{real_hub.api}/groups/instructor-{COURSE}/users"
    late = Raw(real_hub, real_hub.token("student059"))
    member = {"json": {"users": ["student059"]}, "headers": headers, "timeout": 30}
    requests.post(group, **member).raise_for_status()
    said = {"kind": "release", "assignment": "tiny"}
    assert late.announce(WORK, **said).status_code == 412  # may, but it is there already
    requests.delete(group, **member).raise_for_status()
    assert late.announce(WORK, **said).status_code == 403


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("courses/deep-learning/assignments/..%2f..%2fhub", "GET"),
        ("courses/deep-learning/assignments/%2e%2e", "GET"),
        ("courses/..%2fdeep-learning/assignments/tiny", "GET"),
        ("courses/deep-learning/submissions/tiny/..%2f../x", "GET"),
        ("courses/deep-learning/feedback/tiny/..%2f..%2f", "GET"),
        ("courses/deep-learning/feedback/tiny/2026", "GET"),
        ("courses/deep-learning/uploads/" + "../" * 5, "PUT"),
        ("../../hub/api/user", "GET"),
        ("courses/deep-learning/assignments/tiny/content?version=x&offset=-1", "GET"),
        ("courses/deep-learning/assignments/tiny%00", "GET"),
    ],
)
def test_addresses_that_lead_elsewhere_are_refused(raw: Raw, path: str, method: str) -> None:
    """Traversal in any part of an address gets a refusal and no byte of a file."""
    session = requests.Session()
    request = requests.Request(method, "http://x/", headers=raw.headers).prepare()
    request.url = f"{raw.hub.url}api/{path}"
    answer = session.send(request, timeout=30)
    assert 400 <= answer.status_code < 500
    assert "message" in answer.json()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"../../../outbound/tiny/tiny.ipynb": b"x"}, "'..'"),
        ({"timestamp.txt": b"2020-01-01 00:00:00.0 UTC"}, "exchange's own"),
        ({"submission_secret.txt": b"x"}, "exchange's own"),
        ({f"{number}.txt": b"" for number in range(201)}, "at most 200"),
        ({"/".join("abcdefghij"): b"x"}, "at most 8"),
        ({"big": b"x" * 3_000_001}, "at most 3,000,000"),
        ({"a.ipynb": b"", "A.ipynb": b""}, "look alike"),
        ({"ti\u202eny.ipynb": b""}, "invisible"),
        ({"Timestamp.TXT/x": b"x"}, "exchange's own"),
        ({"a/.git/config": b"x"}, "hidden"),
        ({"nbgrader_config.py": b"x"}, "programs obey"),
    ],
)
def test_tricks_with_files_are_refused_with_words(
    raw: Raw, files: dict[str, bytes], said: str
) -> None:
    """Names, counts, depths and sizes are refused before a byte is taken, and say why."""
    before = sorted(raw.hub.store().uploads.iterdir())
    answer = raw.announce(files)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert sorted(raw.hub.store().uploads.iterdir()) == before


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"{", b"[" * 100_000, b'{"kind": "submission"}',
     b'{"kind": "other"}', b'{"kind": ["submission"]}', b"\xff\xfe"],
)  # fmt: skip
def test_an_announcement_that_is_none_is_refused(raw: Raw, body: bytes) -> None:
    """Whatever is sent as JSON is answered with a refusal, never with an error of ours."""
    answer = raw("POST", f"courses/{COURSE}/uploads", data=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("digits", [19, 4_299, 4_300, 4_301, 100_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_numbers_of_any_length_are_refused_with_words(raw: Raw, digits: int, sign: str) -> None:
    """In an announcement, alone and in a sum, and in an address: 400 and a reason, never 500."""
    number = sign + "9" * digits
    file = f'{{"path": "a", "size": {number}, "sha256": "{"0" * 64}"}}'
    other = file.replace('"a"', '"b"')
    for files in (file, f"{file}, {other}", number, f'{{"path": {number}}}'):
        head = f'{{"kind": "submission", "assignment": "tiny", "key": "{"k" * 32}", '
        body = f'{head}"files": [{files}]}}'
        answer = raw("POST", f"courses/{COURSE}/uploads", data=body.encode())
        assert answer.status_code == 400
        assert answer.json()["message"]
    for field in ("kind", "key", "force", "assignment"):
        body = f'{{"kind": "submission", "key": "{"k" * 32}", "{field}": {number}}}'
        assert raw("POST", f"courses/{COURSE}/uploads", data=body.encode()).status_code == 400
    if digits < 50_000:
        where = f"courses/{COURSE}/assignments/tiny/content?version=x&offset={number}"
        assert raw("GET", where).status_code in (400, 409)


def test_more_bytes_than_announced_are_not_kept(raw: Raw) -> None:
    """A body beyond the announced size is refused, however it is sent; the upload goes on."""
    upload = raw.announce({"tiny.ipynb": b"12345"}).json()["upload"]
    where = f"courses/{COURSE}/uploads/{upload}?offset=0"
    assert raw("PUT", where, data=b"x" * 100_000).status_code == 413
    assert raw("PUT", where, data=(b"x" * 1000 for _ in range(50))).status_code == 413
    assert raw("PUT", where, headers={"Content-Encoding": "gzip"}, data=b"x").status_code == 400
    stored = sum(
        path.stat().st_size for path in raw.hub.store().uploads.rglob("*.part") if path.is_file()
    )
    assert stored <= 5
    assert raw("PUT", where, data=b"12345").json()["receipt"]["student"] == "alice"


def test_a_body_without_end_and_a_huge_announcement_are_cut_off(raw: Raw) -> None:
    """Content beyond the limit of a request is not read to its end."""
    try:
        answer = raw("POST", f"courses/{COURSE}/uploads", data=b" " * 3_000_000)
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return  # cut off while sending
    assert answer.status_code in (400, 413)


def test_chunks_out_of_order_are_told_where_to_go_on(raw: Raw) -> None:
    """A chunk at a wrong place changes nothing, and the answer says the right one."""
    upload = raw.announce({"tiny.ipynb": b"abcdef"}).json()["upload"]
    where = f"courses/{COURSE}/uploads/{upload}?offset="
    assert raw("PUT", f"{where}0", data=b"abc").json()["offset"] == 3
    for offset in ("0", "2", "4", "999"):
        answer = raw("PUT", where + offset, data=b"zzz")
        assert (answer.status_code, answer.json()["offset"]) == (409, 3)
    for offset in ("-1", "x", "1e3", "", "９"):
        assert raw("PUT", where + offset, data=b"zzz").status_code == 400
    assert "receipt" in raw("PUT", f"{where}3", data=b"def").json()


def test_a_replayed_request_changes_nothing(real_hub: RealHub, raw: Raw) -> None:
    """The whole conversation once more: the same receipt; by another person: nothing."""
    said = announcement({"tiny.ipynb": b"replayed"})
    first = raw("POST", f"courses/{COURSE}/uploads", json=said).json()
    where = f"courses/{COURSE}/uploads/{first['upload']}?offset=0"
    receipt = raw("PUT", where, data=b"replayed").json()["receipt"]
    count = len(real_hub.store().submissions("alice"))
    assert raw("POST", f"courses/{COURSE}/uploads", json=said).json()["receipt"] == receipt
    assert raw("PUT", where, data=b"replayed").status_code == 404
    assert len(real_hub.store().submissions("alice")) == count
    bob = Raw(real_hub, real_hub.token("bob"))
    assert bob("PUT", where, data=b"replayed").status_code == 404
    other = bob("POST", f"courses/{COURSE}/uploads", json=said).json()
    assert other["upload"] != first["upload"]


def test_a_line_that_breaks_leaves_what_had_arrived(real_hub: RealHub, raw: Raw) -> None:
    """Half a body, then silence: the next announcement goes on behind it, in a new request."""
    data = b"0123456789" * 10_000
    upload = raw.announce({"tiny.ipynb": data}).json()["upload"]
    address = urlsplit(f"{real_hub.url}api/courses/{COURSE}/uploads/{upload}?offset=0")
    head = [
        f"PUT {address.path}?{address.query} HTTP/1.1", "Host: x",
        f"Authorization: {raw.headers['Authorization']}", f"Content-Length: {len(data)}", "", "",
    ]  # fmt: skip
    part = next(real_hub.store().uploads.glob(f"{upload[:32]}/*.part"))
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 10) as line:
        line.sendall("\r\n".join(head).encode() + data[:40_000])
        wait_until(lambda: part.stat().st_size == 40_000, 20)
        # the old line still looks alive to the server; a new one takes over all the same
        answer = raw.announce({"tiny.ipynb": data}).json()
        assert answer == {"upload": upload, "offset": 40_000}
        rest = raw("PUT", f"courses/{COURSE}/uploads/{upload}?offset=40000", data=data[40_000:])
        line.sendall(b"#" * 1000)
    assert rest.json()["receipt"]["files"][0]["sha256"] == hashlib.sha256(data).hexdigest()
    newest = real_hub.store().submissions("alice", "tiny")[-1]
    assert (newest.folder / "tiny.ipynb").read_bytes() == data


def test_answers_tell_browsers_nothing_and_hide_our_errors(raw: Raw) -> None:
    """No caching, no framing, no sniffing; other methods and addresses are refused as JSON."""
    answer = raw("GET", "me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    for method, path in (("POST", "me"), ("GET", "nothing"), ("PATCH", "assignments")):
        answer = raw(method, path)
        assert answer.status_code in (404, 405)
        assert json.loads(answer.text)["message"]


def test_a_student_is_told_what_to_do(real_hub: RealHub, tmp_path: Path) -> None:
    """The client passes the exchange's words on."""
    with content_of(folder_with(tmp_path / "work", WORK)) as content:
        with pytest.raises(Refused, match="not released in deep-learning") as refusal:
            real_hub.client("alice").submit(COURSE, "unknown", content)
        assert refusal.value.status == 404
