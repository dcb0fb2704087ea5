"""The start page and what is accepted of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder.gpu import Availability, Budget, DeclaredDevice, Kind, Profile, Remaining, Source
from autograder.gpu.desk import Desk, look
from autograder.hub import HubSettings, SettingsError
from autograder.sessions import GpuSettings
from autograder.sessions.choice import ChoiceRefused, chosen, courses_of, from_form
from autograder.sessions.start_page import Page

CPU = Profile("cpu")
WHOLE = Profile("whole", "Whole <GPU>", Kind.WHOLE, hours=2, description="All & more.")
STAFF = Profile("big", kind=Kind.WHOLE, groups=("formgrade-dl",))


class Reader(HTMLParser):
    """Collects elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(**given: Any) -> Reader:
    values: dict[str, Any] = {
        "profiles": (CPU, WHOLE),
        "availability": {"whole": Availability(0, 2, 3, 1200.0)},
        "remaining": {"dl": Remaining(1.5, 40.0)},
        "courses": ("dl",),
        "chosen": chosen({}, (CPU, WHOLE), ("dl",)),
    }
    return Reader(Page(**(values | given)).html())


def test_what_is_free_how_long_and_hours_left_are_said() -> None:
    """A person decides with the numbers in sight."""
    text = page().text
    for words in (
        "0 of 2 free", "3 people wait; expected wait: about 20 minutes", "Ends after 2 hours",
        "you have 1.5 GPU hours left", "the course has 40.0",
    ):  # fmt: skip
        assert words in text


def test_that_a_shared_gpu_is_shared_is_said() -> None:
    """Who needs to be undisturbed chooses something else."""
    share = Profile("part", kind=Kind.SHARE)
    said = "Others use the same GPU"
    assert said in page(profiles=(CPU, share), chosen=chosen({}, (CPU, share), ("dl",))).text
    assert said not in page().text


def test_every_control_has_a_label_and_every_group_a_legend() -> None:
    """It can be used by keyboard and read aloud."""
    elements = page(courses=("dl", "vision")).elements
    controls = [one for tag, one in elements if tag in ("input", "select")]
    labelled = {one["for"] for tag, one in elements if tag == "label"}
    assert {one["id"] for one in controls} == labelled
    tags = [tag for tag, _ in elements]
    assert tags.count("fieldset") == tags.count("legend") == 2
    assert all(one["type"] == "radio" for one in controls if "type" in one)


def test_going_without_is_offered_where_it_is_possible() -> None:
    """A site that offers nothing without a GPU does not ask."""
    assert "If no GPU is free" in page().text
    only = page(profiles=(WHOLE,), chosen=chosen({}, (WHOLE,), ("dl",)))
    assert "If no GPU is free" not in only.text


def test_text_of_settings_is_escaped() -> None:
    """A title with markup is shown, not run."""
    evil = Profile("x", "<script>alert(1)</script>", description='"><img src=x>')
    read = page(profiles=(CPU, evil), courses=('"><b>', "dl"), note="<i>note</i>")
    assert {tag for tag, _ in read.elements} <= {
        "div", "p", "fieldset", "legend", "label", "input", "strong", "span", "small", "ul", "li",
        "select", "option",
    }  # fmt: skip
    assert "<script>alert(1)</script>" in read.text


@pytest.mark.parametrize(
    "options",
    [
        {"profile": "big"},
        {"profile": "root"},
        {"profile": ["whole"]},
        {"profile": None},
        {"profile": "whole", "course": "other"},
        {"profile": "whole", "course": ["dl"]},
        {"profile": "whole", "busy": "jump"},
    ],
)
def test_what_is_not_offered_is_refused(options: dict[str, Any]) -> None:
    """Neither a hidden profile, nor another course, nor an odd kind of value."""
    with pytest.raises(ChoiceRefused):
        chosen(options, (CPU, WHOLE), ("dl",))


def test_a_form_with_doubled_names_is_refused() -> None:
    """One of two values would be taken silently."""
    with pytest.raises(ChoiceRefused, match="more than once"):
        from_form({"profile": ["cpu", "whole"]})
    with pytest.raises(ChoiceRefused):
        from_form({"profile": [{"filename": "x"}]})
    assert from_form({"profile": ["cpu"], "extra": ["x"]}) == {"profile": "cpu"}


def test_nothing_said_is_the_first_profile_and_course() -> None:
    """A start without options is the default."""
    choice = chosen(None, (CPU, WHOLE), courses_of(["nbgrader-b", "formgrade-a", "x"]))
    assert choice.options() == {"profile": "cpu", "course": "a", "busy": "wait"}


def desk(tmp_path: Path, **given: Any) -> Desk:
    return Desk.open(GpuSettings(**given), tmp_path)


def test_a_profile_is_offered_to_its_groups_only(tmp_path: Path) -> None:
    """A profile with groups is not even shown to others."""
    made = desk(tmp_path, devices=(DeclaredDevice("A"),), profiles=(CPU, WHOLE, STAFF))
    assert made.offered_to(["nbgrader-dl"]) == (CPU, WHOLE)
    assert made.offered_to(["nbgrader-dl", "formgrade-dl"]) == (CPU, WHOLE, STAFF)
    assert "declared" in made.note


def test_without_a_gpu_there_is_no_file_and_one_profile(tmp_path: Path) -> None:
    """A site without GPUs notices nothing."""
    made = desk(tmp_path, inventory="none", profiles=(CPU, WHOLE))
    assert made.profiles == (CPU,)
    assert made.missing == (WHOLE,)
    assert made.allocator is None
    assert list(tmp_path.iterdir()) == []
    assert made.inventory.source is Source.NONE


def test_a_site_with_gpus_and_no_profiles_offers_what_there_is(tmp_path: Path) -> None:
    """CPU only, shared, whole, by what the devices are."""
    made = desk(tmp_path, devices=(DeclaredDevice("A", shares=2), DeclaredDevice("B", mig="1g")))
    assert [str(one.kind) for one in made.profiles] == ["cpu", "share", "mig", "whole"]


def test_auto_prefers_what_is_declared() -> None:
    """A declared inventory stands in; with none declared, NVML is asked."""
    given = GpuSettings(devices=(DeclaredDevice("A"),))
    assert look(given).source is Source.DECLARED


TOML = """
[gpu]
shares = 4
idle_minutes = 20

[[gpu.device]]
name = "A100"
memory_gib = 40
count = 2
shares = 3

[[gpu.profile]]
name = "cpu"

[[gpu.profile]]
name = "whole"
kind = "whole"
hours = 4

[[gpu.priority]]
group = "formgrade-deep-learning"
priority = 2

[[gpu.reservation]]
course = "deep-learning"
profile = "whole"
count = 1
from = "2026-12-01T09:00+01:00"
to = "2026-12-01T12:00+01:00"

[[gpu.budget]]
course = "deep-learning"
hours = 500
person_hours = 20
days = 30
"""


def test_everything_is_set_in_the_file(tmp_path: Path) -> None:
    """The tables of the how-to page mean what it says."""
    path = tmp_path / "gradlab.toml"
    path.write_text(TOML)
    gpu = HubSettings.load({"GRADLAB_SETTINGS": str(path), "GRADLAB_GPU_IDLE_MINUTES": "15"}).gpu
    assert gpu.idle_minutes == 15
    assert gpu.budgets == (Budget("deep-learning", 500, 20, 30),)
    assert gpu.reservations[0].ends_at - gpu.reservations[0].begins_at == 3 * 3600
    assert [one.shares for one in look(gpu).devices] == [4, 4]


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_how_to_page_are_right(tmp_path: Path, number: int) -> None:
    """What an administrator copies from the page is accepted, and means devices and profiles."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "gpu-sessions.md"
    example = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.S)[number]
    path = tmp_path / "gradlab.toml"
    path.write_text(example)
    gpu = HubSettings.load({"GRADLAB_SETTINGS": str(path)}).gpu
    assert gpu.profiles or look(gpu).devices
    gpu.rules(gpu.profiles).check()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """The administrator mends the file once."""
    path = tmp_path / "gradlab.toml"
    path.write_text(
        '[gpu]\ninventory = "magic"\nshares = 0\n[[gpu.profile]]\nname = "X"\n'
        '[[gpu.reservation]]\ncourse = "c"\nprofile = "none"\ncount = 0\nfrom = "x"\nto = "y"\n'
    )
    with pytest.raises(SettingsError) as error:
        HubSettings.load({"GRADLAB_SETTINGS": str(path)})
    for words in ("name is 'X'", "count is 0", "from is 'x'"):
        assert words in str(error.value)
