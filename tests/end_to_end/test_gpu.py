"""Two students and one GPU, in a browser, on the real hub: start page, queue, notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ..serving import ROOT, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETTINGS = """\
[hub]
students = ["alice", "bob"]

[gpu]
notice_minutes = 30
watch_seconds = 1

[[gpu.device]]
name = "A100"
memory_gib = 40

[[gpu.profile]]
name = "cpu"
title = "CPU only"
description = "Enough for most exercises."

[[gpu.profile]]
name = "whole"
title = "Whole GPU"
kind = "whole"
hours = 0.4
description = "All of one <b>A100</b>."

[[gpu.budget]]
course = "deep-learning"
person_hours = 20
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a hub with one declared GPU."""
    folder = tmp_path_factory.mktemp("gpu")
    settings = folder / "gradlab.toml"
    settings.write_text(SETTINGS)
    with Served(ROOT, folder / "home", {"GRADLAB_SETTINGS": str(settings)}) as hub:
        yield hub


def test_the_second_waits_for_the_first(people: Any, hub: Any, picture: Any, axe: Any) -> None:
    """One GPU: bob sees his place in the queue and gets the server when alice stops hers."""
    alice = people.lab("alice")
    whole = alice.get_by_role("radio", name=re.compile("Whole GPU"))
    expect(whole).to_be_visible()
    expect(alice.locator(".gradlab-start")).to_contain_text("1 of 1 free")
    expect(alice.locator(".gradlab-start")).to_contain_text("you have 20.0 GPU hours left")
    expect(alice.locator(".gradlab-note")).to_contain_text("declared in the settings")
    expect(alice.locator(".gradlab-start")).to_contain_text("All of one <b>A100</b>.")
    picture(alice, "gpu-1-start-page")
    axe(alice)
    choose_by_keyboard(alice)
    expect(alice.locator("#jp-top-panel")).to_be_visible()

    notice = alice.locator(".Toastify__toast", has_text="The time of this session")
    expect(notice).to_contain_text("Save your work")
    expect(notice).not_to_have_class(re.compile("Toastify--animate"))
    picture(alice, "gpu-2-notice-in-jupyterlab")

    bob = people.lab("bob")
    expect(bob.locator(".gradlab-start")).to_contain_text("0 of 1 free")
    picture(bob, "gpu-3-nothing-free")
    bob.get_by_role("radio", name=re.compile("Whole GPU")).check()
    bob.get_by_role("button", name="Start").click()
    place = bob.locator("#progress-message")
    expect(place).to_contain_text("Number 1 in the queue for Whole GPU; expected wait: about")
    expect(place).to_have_attribute("aria-live", "polite")
    picture(bob, "gpu-4-queue")
    axe(bob)

    alice.goto(f"{hub.url}hub/home")
    alice.get_by_role("button", name="Stop My Server").click()
    expect(bob.locator("#jp-top-panel")).to_be_visible()
    picture(bob, "gpu-5-bob-has-it")

    # alice, with nothing free again, prefers to start without one
    alice.goto(f"{hub.url}hub/spawn")
    alice.get_by_role("radio", name=re.compile("Whole GPU")).check()
    alice.get_by_role("radio", name=re.compile("without a GPU")).check()
    alice.get_by_role("button", name="Start").click()
    expect(alice.locator("#jp-top-panel")).to_be_visible()


def choose_by_keyboard(page: Page) -> None:
    """Choose the GPU and start without a mouse."""
    page.get_by_role("radio", name=re.compile("CPU only")).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("Whole GPU"))).to_be_checked()
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")


def test_a_forged_form_gets_nothing(people: Any, hub: Any) -> None:
    """A profile that is not offered is refused on the page, with the reason."""
    page = people.login("ines")
    page.goto(f"{hub.url}hub/spawn")
    page.evaluate("document.getElementById('profile-whole').value = 'root'")
    page.get_by_role("radio", name=re.compile("Whole GPU")).check()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".spawn-error-msg")).to_contain_text("not offered to you")
