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


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_demo_accounts_are_served_on_loopback(host: str) -> None:
    """Every spelling of this machine is accepted."""
    assert HubSettings(host=host).host == host


def test_unreadable_file_is_said(tmp_path: Path) -> None:
    """A settings file that is named but not there is a mistake, not a default."""
    with pytest.raises(SettingsError, match="cannot be read"):
        HubSettings.load({"GRADLAB_SETTINGS": str(tmp_path / "none.toml")})
