"""The hub's settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.hub import HubSettings, SettingsError, is_loopback

NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9._-]{0,31}", fullmatch=True), unique=True, max_size=6)


@given(
    port=st.integers(1, 65535),
    names=NAMES,
    sessions=st.sampled_from(["auto", "isolated", "shared"]),
)
def test_environment_carries_every_setting(port: int, names: list[str], sessions: str) -> None:
    """What `to_environment` writes, `load` reads back as an equal value."""
    settings = HubSettings(
        port=port, students=tuple(names), assistants=(), instructors=(), sessions=sessions
    )
    assert HubSettings.load(settings.to_environment()) == settings


def test_every_mistake_is_in_one_message(tmp_path: Path) -> None:
    """All that is wrong in file and variables is said at once."""
    file = tmp_path / "settings.toml"
    file.write_text('[hub]\nport = "many"\ncolour = "red"\nstudents = ["Bad Name", "eve", "eve"]\n')
    environment = {
        "GRADLAB_SETTINGS": str(file),
        "GRADLAB_HUB_AUTHENTICATOR": "trust",
        "GRADLAB_HUB_SESSIONS": "open",
    }
    with pytest.raises(SettingsError) as caught:
        HubSettings.load(environment)
    message = str(caught.value)
    for part in ("port is 'many'", "'colour'", "Bad Name", "'eve'", "'trust'", "'open'"):
        assert part in message


def test_variable_wins_over_file_and_command_line_over_both(tmp_path: Path) -> None:
    """The nearer source of a setting wins."""
    file = tmp_path / "settings.toml"
    file.write_text("[hub]\nport = 1111\nstart_seconds = 5\n")
    environment = {"GRADLAB_SETTINGS": str(file), "GRADLAB_HUB_PORT": "2222"}
    assert HubSettings.load(environment).port == 2222
    assert HubSettings.load(environment, port=3333).port == 3333
    assert HubSettings.load(environment, port=None).start_seconds == 5


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "hub.example.org", ""])
def test_demo_accounts_are_refused_on_a_public_address(host: str) -> None:
    """A printed password never guards an address that others can reach."""
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match="loopback"):
        HubSettings(host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "172.17.0.1", "hub.example.org"])
def test_demo_accounts_are_refused_where_sessions_reach_the_hub(host: str) -> None:
    """The hub's own port has its log-in page as well; only loopback has it with demo accounts."""
    environment = {"GRADLAB_SPAWNER_HUB_ADDRESS": host, "GRADLAB_SPAWNER_HUB_PORT": "8081"}
    with pytest.raises(SettingsError, match=f"hub_address is '{host}' with demo accounts"):
        HubSettings.load(environment)
    native = {"GRADLAB_HUB_AUTHENTICATOR": "native", "GRADLAB_NATIVE_APPROVERS": "ada"}
    assert HubSettings.load(environment | native | PEOPLE).spawner.hub_address == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_demo_accounts_are_served_on_loopback(host: str) -> None:
    """Every spelling of this machine is accepted."""
    assert HubSettings(host=host).host == host


def test_unreadable_file_is_said(tmp_path: Path) -> None:
    """A settings file that is named but not there is a mistake, not a default."""
    with pytest.raises(SettingsError, match="cannot be read"):
        HubSettings.load({"GRADLAB_SETTINGS": str(tmp_path / "none.toml")})


PEOPLE = {"GRADLAB_HUB_INSTRUCTORS": "ines"}


@pytest.mark.parametrize("way", ["variable", "file", "command line"])
def test_demo_is_refused_in_public_however_it_is_said(tmp_path: Path, way: str) -> None:
    """Variable, file and command line are all held to the same rule."""
    environment: dict[str, str] = {}
    if way == "variable":
        environment["GRADLAB_HUB_HOST"] = "0.0.0.0"
    elif way == "file":
        file = tmp_path / "settings.toml"
        file.write_text('[hub]\nhost = "0.0.0.0"\n')
        environment["GRADLAB_SETTINGS"] = str(file)
    with pytest.raises(SettingsError, match="loopback"):
        HubSettings.load(environment, **({"host": "0.0.0.0"} if way == "command line" else {}))
    with pytest.raises(SettingsError, match="loopback"):
        HubSettings.load({"GRADLAB_HUB_PUBLIC_URL": "https://hub.example.org"})


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ababababababab"])
def test_a_weak_shared_password_is_refused_and_not_shown(password: str) -> None:
    """Too short or too uniform is a mistake; the message does not have the password."""
    environment = {
        **PEOPLE, "GRADLAB_HUB_AUTHENTICATOR": "password", "GRADLAB_PASSWORD_PASSWORD": password,
    }  # fmt: skip
    with pytest.raises(SettingsError, match="too weak") as caught:
        HubSettings.load(environment)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("way", "lacks"),
    [
        ("password", "password in [password]"),
        ("native", "approvers in [native]"),
        ("lti13", "jwks_url in [lti]"),
        ("oauth", "client_secret in [oauth]"),
    ],
)
def test_each_way_to_log_in_says_what_it_needs(way: str, lacks: str) -> None:
    """Choosing a way without its settings names all that is missing; demo accounts are gone."""
    reading = HubSettings.read({"GRADLAB_HUB_AUTHENTICATOR": way})
    assert any(problem.endswith(f"needs {lacks}") for problem in reading.problems)
    people = {one.name: one.value for one in reading.effective}
    assert people["hub.students"] == people["hub.instructors"] == ""


def test_passwords_do_not_cross_a_network_in_the_clear() -> None:
    """A public address needs TLS, or the word of whoever accepts that there is none."""
    environment = {
        **PEOPLE, "GRADLAB_HUB_AUTHENTICATOR": "password", "GRADLAB_HUB_HOST": "192.0.2.7",
        "GRADLAB_PASSWORD_PASSWORD": "correct horse battery",
    }  # fmt: skip
    with pytest.raises(SettingsError, match="in the clear"):
        HubSettings.load(environment)
    assert HubSettings.load({**environment, "GRADLAB_HUB_PLAIN_HTTP": "yes"}).plain_http
    with pytest.raises(SettingsError, match="go together"):
        HubSettings.load({**environment, "GRADLAB_HUB_TLS_KEY": "/key.pem"})


@pytest.mark.parametrize(
    ("url", "fit"),
    [
        ("https://sso.example.org/token", True),
        ("http://127.0.0.1:9000/token", True),
        ("http://sso.example.org/token", False),
        ("ftp://sso.example.org/token", False),
        ("https://user:word@sso.example.org/token", False),
        ("sso.example.org", False),
    ],
)
def test_other_servers_are_reached_by_https(url: str, fit: bool) -> None:
    """Tokens go to https addresses, or to this machine."""
    problems = HubSettings.read({"GRADLAB_OAUTH_TOKEN_URL": url}).problems
    assert (not problems) is fit


def test_claims_name_courses_that_there_are(tmp_path: Path) -> None:
    """A claim for an unknown course and a course that is there twice are mistakes."""
    course = '[[course]]\nid = "vision"\nroot = "."\n'
    file = tmp_path / "settings.toml"
    claim = '[[oauth.claim]]\nvalue = "x"\ncourse = "text"\n'
    file.write_text(course + course + claim)
    problems = "\n".join(HubSettings.read({"GRADLAB_SETTINGS": str(file)}).problems)
    assert "'vision' is listed more than once" in problems
    assert "names course 'text'; there are vision" in problems


def test_each_course_has_a_data_directory_of_its_own(tmp_path: Path) -> None:
    """Two that share one would write into each other's gradebook."""
    course = '[[course]]\nid = "{}"\nroot = "."\ndata = "{}"\n'
    file = tmp_path / "settings.toml"
    shared = course.format("vision", tmp_path) + course.format("text", f"{tmp_path}/./")
    file.write_text(shared)
    (problem,) = HubSettings.read({"GRADLAB_SETTINGS": str(file)}).problems
    assert f"several courses have the data directory {tmp_path}" in problem
    file.write_text(course.format("vision", tmp_path) + course.format("text", tmp_path / "text"))
    assert not HubSettings.read({"GRADLAB_SETTINGS": str(file)}).problems


def test_an_exchange_of_files_serves_one_course(tmp_path: Path) -> None:
    """Several courses with it are refused before anything starts; one is served."""
    course = '[[course]]\nid = "{}"\nroot = "."\n'
    file = tmp_path / "settings.toml"
    file.write_text('[exchange]\nkind = "files"\n' + course.format("vision"))
    assert HubSettings.read({"GRADLAB_SETTINGS": str(file)}).problems == ()
    file.write_text(file.read_text() + course.format("text"))
    (problem,) = HubSettings.read({"GRADLAB_SETTINGS": str(file)}).problems
    assert "serves one course, and there are 2: vision, text" in problem
    assert "network" in problem
