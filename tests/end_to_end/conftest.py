"""A real hub, started as a person starts it, and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ..serving import ROOT, Served

ARTIFACTS = ROOT / "artifacts" / "end_to_end"
CHROMIUM = shutil.which("chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTLED = """() => document.getAnimations().every(animation =>
    animation.playState !== "running" || animation.effect.getTiming().iterations === Infinity)"""
PERSON_MILLISECONDS = 120_000  # a busy machine is slow; nothing here waits longer than it must


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return the repository's own course, served as it is; a module may have another hub."""
    root = Path(os.environ.get("GRADLAB_COURSE", ROOT))
    with Served(root, tmp_path_factory.mktemp("hub") / "home") as hub:
        yield hub


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; run scripts/install-system.sh as root")
        pytest.skip("Chromium is missing; run scripts/install-system.sh as root")
    expect.set_options(timeout=PERSON_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class People:
    """Browser windows, one for each person."""

    def __init__(self, browser: Browser, hub: Served) -> None:
        self.browser = browser
        self.hub = hub
        self.contexts: dict[str, BrowserContext] = {}

    def login(self, name: str) -> Page:
        """Open a window of this person's own and log in."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 860})
        self.contexts[name] = context
        page = context.new_page()
        page.set_default_timeout(PERSON_MILLISECONDS)
        page.goto(self.hub.url)
        page.fill("#username_input", name)
        page.fill("#password_input", self.hub.password)
        with page.expect_navigation():  # to where it leads; else the next `goto` would break it off
            page.click("#login_submit")
        return page

    def lab(self, name: str) -> Page:
        """Log in as a student, who sees *My work* then, and go on to JupyterLab."""
        page = self.login(name)
        page.get_by_role("link", name="Open JupyterLab").click()
        return page

    def formgrader(self, name: str) -> Page:
        """Log in as somebody who grades, and go on to formgrader."""
        page = self.login(name)
        page.get_by_role("link", name="Formgrader", exact=True).click()
        return page

    def window(self, name: str) -> Page:
        """Return a further window of somebody who may be logged in already."""
        known = self.contexts.get(name)
        return self.login(name) if known is None else known.new_page()

    def close(self) -> None:
        """Close all windows."""
        for context in self.contexts.values():
            context.close()


@pytest.fixture(scope="module")
def people(chromium: Browser, hub: Served) -> Iterator[People]:
    """Return the windows of the module's hub."""
    people = People(chromium, hub)
    yield people
    people.close()


RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")


@dataclass(frozen=True)
class Finding:
    """One thing that axe-core found on a page."""

    rule: str
    impact: str
    help: str
    nodes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.impact} {self.rule}: {self.help}\n    " + "\n    ".join(self.nodes)


@pytest.fixture(scope="session")
def axe_script() -> Path:
    """Return axe-core's script, installed from npm as the proxy is."""
    from autograder.hub import proxy

    package = Path(__file__).parent / "node"
    target = Path(sys.prefix) / "share" / "gradlab" / "accessibility"
    return proxy.npm_install(package, target, "node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="module")
def axe(axe_script: Path) -> Callable[..., None]:
    """Return what checks a page: `axe(page)` fails on all but minor findings.

    Further impacts that it is given are tolerated, on pages whose frame is somebody else's.
    `within` selects the part that is looked at.
    """

    def check(page: Page, *tolerated: str, within: str = "html") -> None:
        page.wait_for_function(SETTLED)  # half transparent is low contrast
        page.evaluate(axe_script.read_text(encoding="utf-8"))
        answer = page.evaluate(
            "([within, tags]) => axe.run(within, {runOnly: tags})", [within, list(RULES)]
        )
        found = [
            Finding(one["id"], one["impact"] or "minor", one["help"],
                    tuple(node["html"][:160] for node in one["nodes"][:5]))
            for one in answer["violations"]
        ]  # fmt: skip
        refused = [finding for finding in found if finding.impact not in ("minor", *tolerated)]
        assert not refused, f"{page.url}:\n" + "\n".join(map(str, refused))

    return check


@pytest.fixture(scope="module")
def picture() -> Callable[[Page, str], None]:
    """Return what keeps a screenshot."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=ARTIFACTS / f"{name}.png")

    return keep
