"""Each way to log in, at a real hub; identity providers are real little servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]

COURSE = """
[[course]]
id = "vision"
root = "vision"
instructors = ["ines"]
students = ["alice"]
"""
SECRET = "s3cret-of-the-client"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
FOLLOW_SECONDS = 90


@dataclass
class Provider:
    """An OpenID Connect provider and LTI platform with one key."""

    server: ThreadingHTTPServer
    key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def jwks(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """Give a code to whoever is logged in here; return where the browser goes."""
        code = base64.urlsafe_b64encode(json.dumps(self.person).encode()).decode()
        self.codes[code] = {**query, "person": dict(self.person)}
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Give a token for a code, to the one client that knows its secret and the verifier."""
        asked = self.codes.pop(form["code"], None)
        basic = authorization.removeprefix("Basic ")
        secret = form.get("client_secret") or base64.b64decode(basic).decode().partition(":")[2]
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if asked is None or secret != SECRET or asked.get("code_challenge") != proof:
            self.refused.append(form["code"])
            return None
        self.tokens[form["code"]] = asked["person"]
        return {"access_token": form["code"], "token_type": "Bearer", "scope": "openid"}


def handler_of(provider: Callable[[], Provider]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def answer(self, value: Any, status: int = 200) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider().authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/userinfo":
                token = self.headers["Authorization"].split()[1]
                self.answer(provider().tokens[token])
            elif parts.path == "/jwks":
                self.answer(provider().jwks())
            elif parts.path == "/lti/authorize":
                self.answer(query)
            else:
                self.answer({}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            given = provider().exchange(form, self.headers.get("Authorization", ""))
            self.answer(given or {"error": "invalid_grant"}, 200 if given else 400)

    return Handler


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """Return a running provider."""
    known: list[Provider] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(lambda: known[0]))
    known.append(Provider(server))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield known[0]
    server.shutdown()
    server.server_close()
    thread.join()


def formgrader_status(person: Any) -> int:
    """Return how formgrader's API answers somebody, following their log-in."""
    person.get("/services/vision/formgrader/manage_assignments")
    answer = person.get("/services/vision/formgrader/api/assignments")
    return 401 if urlsplit(answer.url).path == "/hub/login" else int(answer.status_code)


@pytest.fixture(scope="module")
def oauth_hub(new_hub: Any, provider: Provider) -> Any:
    """Return a hub whose people come from the provider by OAuth."""
    settings = f"""
[hub]
authenticator = "oauth"
sessions = "shared"
[oauth]
client_id = "hub"
authorize_url = "{provider.url}/authorize"
token_url = "{provider.url}/token"
userdata_url = "{provider.url}/userinfo"
[[oauth.claim]]
value = "dl-tutors"
course = "vision"
role = "assistant"
[[oauth.claim]]
value = "dl-2026"
course = "vision"
{COURSE}
"""
    return new_hub(settings, GRADLAB_OAUTH_CLIENT_SECRET=SECRET)


@pytest.mark.parametrize(
    ("groups", "entered", "formgrader"),
    [(["dl-2026", "dl-tutors"], True, 200), (["dl-2026"], True, 403), (["else"], False, None)],
    ids=["tutor", "student", "neither"],
)
def test_oauth_groups_become_roles(
    oauth_hub: Any, provider: Provider, somebody: Any, groups: list[str], entered: bool,
    formgrader: int | None,
) -> None:  # fmt: skip
    """The provider's groups give the role; each log-in sets it anew; no group, no way in."""
    provider.person = {"preferred_username": "kim", "given_name": "Kim", "groups": groups}
    person = somebody(oauth_hub)
    answer = person.get("/hub/oauth_login?next=/hub/home")
    assert (answer.status_code == 200) is entered, answer.text[-400:]
    assert not provider.refused
    if entered:
        assert person.get("/hub/api/user").json()["name"] == "kim"
        assert formgrader_status(person) == formgrader


def test_oauth_secrets_are_in_no_output(oauth_hub: Any) -> None:
    """Neither console nor log nor doctor prints the client's secret."""
    assert SECRET not in oauth_hub.console.read_text()
    assert SECRET not in (oauth_hub.home / "hub" / "jupyterhub.log").read_text()
    said = oauth_hub.run("doctor", "--json")
    assert "oauth.client_secret" in said
    assert SECRET not in said


@pytest.fixture(scope="module")
def lti_hub(new_hub: Any, provider: Provider) -> Any:
    """Return a hub that a learning platform launches into."""
    settings = f"""
[hub]
authenticator = "lti13"
sessions = "shared"
[lti]
issuer = "{provider.url}"
authorize_url = "{provider.url}/lti/authorize"
jwks_url = "{provider.url}/jwks"
client_ids = ["tool"]
[[lti.context]]
id = "course-7"
course = "vision"
{COURSE}
"""
    return new_hub(settings)


def launch(hub: Any, provider: Provider, person: Any, roles: list[str], **changes: Any) -> Any:
    """Come from the platform as a browser does; return the hub's answer."""
    key = changes.pop("key", provider.key)
    begin = person.session.post(
        urljoin(hub.url, "hub/lti13/oauth_login"),
        data={"iss": provider.url, "login_hint": "7", "client_id": "tool",
              "target_link_uri": urljoin(hub.url, "hub/home")},
        timeout=60,
    )  # fmt: skip
    asked = begin.json()
    now = int(time.time())
    claims = {
        "iss": provider.url, "aud": "tool", "sub": "platform-7", "iat": now, "exp": now + 300,
        "nonce": asked["nonce"], "email": "lee", "given_name": "Lee", "family_name": "Lind",
        f"{LTI}version": "1.3.0", f"{LTI}deployment_id": "1",
        f"{LTI}message_type": "LtiResourceLinkRequest",
        f"{LTI}target_link_uri": urljoin(hub.url, "hub/home"),
        f"{LTI}resource_link": {"id": "link"}, f"{LTI}roles": roles,
        f"{LTI}context": {"id": "course-7"}, **changes,
    }  # fmt: skip
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "one"})
    return person.session.post(
        asked["redirect_uri"], data={"id_token": token, "state": asked["state"]}, timeout=60
    )


@pytest.mark.parametrize(
    ("roles", "formgrader"),
    [
        ([f"{MEMBERSHIP}#Instructor", f"{MEMBERSHIP}/Instructor#TeachingAssistant"], 200),
        ([f"{MEMBERSHIP}#Learner"], 403),
    ],
    ids=["teaching assistant", "learner"],
)
def test_lti_launch_gives_the_platforms_role(
    lti_hub: Any, provider: Provider, somebody: Any, roles: list[str], formgrader: int
) -> None:
    """A launch logs in and gives the role that the platform says, for the course it came from."""
    person = somebody(lti_hub)
    answer = launch(lti_hub, provider, person, roles)
    assert answer.status_code == 200, answer.text[-600:]
    assert person.get("/hub/api/user").json()["name"] == "lee"
    assert formgrader_status(person) == formgrader
    if formgrader == 200:
        refused = person.ask("POST", "/services/vision/formgrader/api/assignment/tiny/release", "")
        assert refused.status_code == 403


def test_who_is_taken_out_of_a_platforms_course_is_out(
    lti_hub: Any, provider: Provider, somebody: Any
) -> None:
    """A role from a launch ends when an administrator takes it back, though they are logged in."""
    person = somebody(lti_hub)
    launch(lti_hub, provider, person, [f"{MEMBERSHIP}#Instructor"])
    assert formgrader_status(person) == 200
    assert "out  lee (instructor)" in lti_hub.run("roster", "remove", "lee")
    deadline = time.monotonic() + 90
    while (answer := person.get("/hub/api/user")).status_code == 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(1)
    assert formgrader_status(person) != 200
    launch(lti_hub, provider, person, [f"{MEMBERSHIP}#Learner"])  # the platform has them still
    assert person.get("/hub/api/user").json()["groups"] == ["nbgrader-vision"]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": rsa.generate_private_key(65537, 2048)},
        {"aud": "another tool"},
        {"iss": "https://elsewhere.example"},
        {"nonce": "used before"},
        {"exp": 1_000_000_000},
        {f"{LTI}context": {"id": "course-8"}, "email": "new", "sub": "platform-8"},
        {"email": "../../ines", "sub": "platform-9"},
    ],
    ids=["signature", "audience", "issuer", "nonce", "expired", "context", "name"],
)
def test_lti_launch_that_is_not_right_does_not_log_in(
    lti_hub: Any, provider: Provider, somebody: Any, changes: dict[str, Any]
) -> None:
    """What is forged, for another tool, replayed, old, or from a course that is not ours, fails."""
    person = somebody(lti_hub)
    answer = launch(lti_hub, provider, person, [f"{MEMBERSHIP}#Learner"], **changes)
    assert 400 <= answer.status_code < 500
    assert person.get("/hub/api/user").status_code == 403


@pytest.fixture(scope="module")
def native_hub(new_hub: Any) -> Any:
    """Return a hub where people sign up."""
    settings = f"""
[hub]
authenticator = "native"
sessions = "shared"
[native]
approvers = ["root"]
{COURSE}
"""
    return new_hub(settings)


def sign_up(person: Any, password: str) -> str:
    """Fill in the sign-up page; return what it says."""
    person.get("/hub/signup")
    data = {"username": person.name, "signup_password": password,
            "signup_password_confirmation": password, "_xsrf": person.xsrf("/hub/")}  # fmt: skip
    answer = person.session.post(urljoin(person.hub.url, "hub/signup"), data=data, timeout=60)
    found = re.search(r'class="alert[^"]*"[^>]*>(.*?)</div>', answer.text, re.S)
    return " ".join(found[1].split()) if found else ""


def is_in(person: Any, password: str) -> bool:
    """Log in; return whether that worked."""
    person.log_in(password)
    return person.get("/hub/api/user").status_code == 200


def test_native_accounts_need_approval_and_a_course(native_hub: Any, somebody: Any) -> None:
    """Signing up lets nobody in; approval lets in who is in a course, and only them."""
    password = "correct horse battery"
    alice, mallory, thief = (somebody(native_hub, name) for name in ("alice", "mallory", "root"))
    assert "at least 12" in sign_up(alice, "short")
    assert "sent to the admin" in sign_up(alice, password)
    assert "sent to the admin" in sign_up(mallory, password)
    assert "already in use" in sign_up(thief, password)
    assert not is_in(alice, password)
    root = native_hub.person("root")
    for name in ("alice", "mallory"):
        assert root.get(f"/hub/authorize/{name}").status_code == 200
    assert is_in(alice, password)
    assert not is_in(somebody(native_hub, "mallory"), password)
    assert not is_in(somebody(native_hub, "alice"), "wrong horse battery")


@pytest.fixture(scope="module")
def password_hub(new_hub: Any) -> Any:
    """Return a hub with one password for all."""
    settings = f"""
[hub]
authenticator = "password"
sessions = "shared"
[password]
password = "an afternoon's workshop"
{COURSE}
"""
    return new_hub(settings)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + FOLLOW_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(1)


def test_shared_password_and_a_running_hub_that_follows_the_roster(
    password_hub: Any, somebody: Any
) -> None:
    """Importing a roster lets people in, changes what they may, and takes them out, at once."""
    password = "an afternoon's workshop"
    assert password not in password_hub.console.read_text()
    assert not is_in(somebody(password_hub, "zoe"), password)
    assert not is_in(somebody(password_hub, "alice"), "a guess that is wrong")
    file = password_hub.folder / "export.csv"
    file.write_text("login,role\nzoe,student\n")
    password_hub.run("roster", "import", str(file))
    zoe = somebody(password_hub, "zoe")
    assert is_in(zoe, password)
    assert formgrader_status(zoe) == 403
    file.write_text("login,role\nzoe,tutor\n")
    password_hub.run("roster", "import", str(file))
    until(lambda: formgrader_status(zoe) == 200)
    file.write_text("login,role\nyan,student\n")
    password_hub.run("roster", "import", "--replace", str(file))
    until(lambda: formgrader_status(zoe) != 200)
    until(lambda: zoe.get("/hub/api/user").status_code == 403)
