"""Any settings dataclass from a file and variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.settings.errors import SettingsError
from autograder.settings.loading import (
    HIDDEN,
    Reading,
    read,
    read_file,
    refuse,
    setting,
    text_of,
    variables,
)


class Colour(StrEnum):
    """An enumeration of text."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Profile:
    """A row of an array of tables."""

    name: str
    cores: int = 1


@dataclass(frozen=True)
class Inner:
    """A table in a table."""

    image: str = "plain"
    pull: bool = False


@dataclass(frozen=True)
class Topic:
    """A topic with a field of each kind."""

    on: bool = False
    share: float = 0.5
    folder: Path | None = None
    colour: Colour = Colour.RED
    numbers: tuple[int, ...] = ()
    budget: Mapping[str, float] | None = None
    token: str = setting("", secret=True)
    inner: Inner = Inner()
    profiles: tuple[Profile, ...] = setting((Profile("all"),), table="profile")

    def __post_init__(self) -> None:
        refuse([f"share is {self.share}; expected at most 1"] if self.share > 1 else [])


@dataclass(frozen=True)
class All:
    """The settings, with one topic."""

    port: int = 1
    names: tuple[str, ...] = ()
    topic: Topic = Topic()


def loaded(tables: Mapping[str, Any], environment: Mapping[str, str] | None = None,
           folder: Path | None = None) -> Reading[All]:  # fmt: skip
    return read(All, tables, environment or {}, {}, own="hub", prefix="G_", folder=folder)


def test_tables_arrays_and_kinds_become_fields(tmp_path: Path) -> None:
    """Each kind of field takes what TOML has for it, nested as deep as the dataclasses are."""
    profiles = [{"name": "cpu"}, {"name": "gpu", "cores": 8}]
    topic = {
        "on": True, "share": 1, "folder": "x", "colour": "blue", "numbers": [1, 2],
        "budget": {"dl": 2.5}, "inner": {"image": "torch"}, "profile": profiles,
    }  # fmt: skip
    settings = loaded({"hub": {"port": 7}, "topic": topic}, folder=tmp_path).value()
    assert settings.port == 7
    assert settings.topic == Topic(
        on=True, share=1.0, folder=tmp_path / "x", colour=Colour.BLUE, numbers=(1, 2),
        budget={"dl": 2.5}, inner=Inner("torch"), profiles=(Profile("cpu"), Profile("gpu", 8)),
    )  # fmt: skip


def test_variables_reach_every_simple_field_and_win(tmp_path: Path) -> None:
    """A variable says the same as the file can, in nested tables too, and wins over it."""
    environment = {
        "G_HUB_NAMES": "a, b", "G_TOPIC_ON": "yes", "G_TOPIC_SHARE": "0.25",
        "G_TOPIC_BUDGET": "dl=3,nlp=4", "G_TOPIC_INNER_IMAGE": "two", "G_OTHER_X": "not ours",
    }  # fmt: skip
    tables = {"topic": {"on": False, "inner": {"image": "one"}, "colour": "blue"}}
    reading = loaded(tables, environment)
    settings = reading.value()
    assert settings.names == ("a", "b")
    assert settings.topic.budget == {"dl": 3.0, "nlp": 4.0}
    assert (settings.topic.on, settings.topic.share) == (True, 0.25)
    assert settings.topic.inner.image == "two"
    origins = {one.name: one.origin for one in reading.effective}
    assert origins["topic.on"] == "variable G_TOPIC_ON"
    assert origins["topic.colour"] == "file"
    assert origins["hub.port"] == "default"


def test_every_mistake_is_told_at_once() -> None:
    """Names, kinds, places and what the classes refuse are all in one answer."""
    tables = {
        "hub": {"port": "many", "topic": {"on": True}, "hue": 1},
        "topic": {
            "share": 2.0, "colour": "green", "nought": 1, "profile": [{"cores": 2}, {"name": 3}],
        },
        "other": {},
    }  # fmt: skip
    environment = {"G_TOPIC_ON": "perhaps", "G_TOPIC_WRONG": "1"}
    reading = loaded(tables, environment)
    assert reading.settings is None
    message = "\n".join(reading.problems)
    for part in (
        "port is 'many'; expected a whole number", "[hub.topic] belongs in [topic]", "'hue'",
        "[topic] share is 2.0", "topic.colour is 'green'; expected 'red' or 'blue'", "'nought'",
        "[topic.profile[1]]: name must be given", "topic.profile[2].name is 3; expected text",
        "'other' is no table", "topic.on is 'perhaps'", "'wrong' is no setting",
    ):  # fmt: skip
        assert part in message
    with pytest.raises(SettingsError):
        reading.value()


@pytest.mark.parametrize("digits", [400, 4_000, 6_000])
def test_a_monstrous_number_is_a_mistake_like_others(tmp_path: Path, digits: int) -> None:
    """Whatever its size and however it is written: in decimals, in hexadecimals, as text."""
    file = tmp_path / "settings.toml"
    for number in ("9" * digits, "-" + "9" * digits, "0x" + "f" * digits):
        for field in ("numbers = [{}]", "share = {}", "on = {}", "colour = {}", "nought = {}"):
            file.write_text(f"[topic]\n{field.format(number)}\n")
            try:
                reading = loaded(read_file(file))
            except SettingsError as error:
                assert "cannot be read" in str(error)  # noqa: PT017 - either way it is told
            else:
                assert reading.settings is None
                assert reading.problems
        assert loaded({}, {"G_TOPIC_NUMBERS": number}).settings is None
    assert loaded({"topic": {"share": float("nan")}}).settings is None
    file.write_text("a = " + "[" * 5_000 + "]" * 5_000)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_file(file)


@pytest.mark.parametrize("way", ["file", "variable", "named file", "named by variable"])
def test_secrets_are_never_shown(tmp_path: Path, way: str) -> None:
    """However a secret is given, nothing that is printed has it; a mistake in it neither."""
    (tmp_path / "token").write_text("s3cret\n")
    tables: dict[str, Any] = {"topic": {"share": 2.0}}
    environment = {}
    if way == "file":
        tables["topic"]["token"] = "s3cret"
    elif way == "named file":
        tables["topic"]["token_file"] = "token"
    elif way == "variable":
        environment["G_TOPIC_TOKEN"] = "s3cret"
    else:
        tables["topic"]["token"] = "older"
        environment["G_TOPIC_TOKEN_FILE"] = str(tmp_path / "token")
    reading = loaded(tables, environment, tmp_path)
    assert "s3cret" not in str(reading)
    assert next(one for one in reading.effective if one.name == "topic.token").value == HIDDEN
    del tables["topic"]["share"]
    settings = loaded(tables, environment, tmp_path).value()
    assert settings.topic.token == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_secret_of_the_wrong_kind_or_twice_is_a_mistake_without_it(tmp_path: Path) -> None:
    """Mistakes about a secret name the setting, not its value."""
    assert "12345" not in str(loaded({"topic": {"token": 12345}}).problems)
    assert "topic.token is (hidden)" in str(loaded({"topic": {"token": 12345}}).problems)
    both = {"topic": {"token": "x", "token_file": str(tmp_path / "none")}}
    assert "not both" in str(loaded(both).problems)
    assert "cannot be read" in str(loaded(both).problems)


@given(port=st.integers(0, 9999), names=st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True)),
       on=st.booleans(), share=st.floats(0, 1))  # fmt: skip
def test_what_is_shown_reads_back(port: int, names: list[str], on: bool, share: float) -> None:
    """The text of each effective value, given as a variable, makes the same settings."""
    tables = {"hub": {"port": port, "names": names}, "topic": {"on": on, "share": share}}
    reading = loaded(tables)
    shown = {one.name: one.value for one in reading.effective if one.origin == "file"}
    ways = {".".join(way if len(way) > 1 else ("hub", *way)): name
            for name, way in variables(All, "G_", "hub").items()}  # fmt: skip
    assert loaded({}, {ways[name]: text for name, text in shown.items()}).value() == reading.value()


def test_text_of_nothing_is_empty() -> None:
    """An absent value is shown as empty, which reads back as absent."""
    assert text_of(None) == ""
    assert loaded({}, {"G_TOPIC_FOLDER": ""}).value().topic.folder is None
