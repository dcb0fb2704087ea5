"""A real hub, started as a person starts it, and Debian's Chromium."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
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
READY_SECONDS = 180
STOP_SECONDS = 90
SETTLED = """() => document.getAnimations().every(animation =>
    animation.playState !== "running" || animation.effect.getTiming().iterations === Infinity)"""
PERSON_MILLISECONDS = 120_000  # a busy machine is slow; nothing here waits longer than it must


@dataclass
class Hub:
    """`gradlab serve` on a data directory of its own."""

    home: Path
    port: int
    output: Path
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    family: set[psutil.Process] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which gradlab's commands see this course."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        course = os.environ.get("GRADLAB_COURSE", str(ROOT))
        return {
            **os.environ,
            "PATH": path,
            "GRADLAB_HOME": str(self.home),
            "GRADLAB_COURSE": course,
            **self.variables,
        }

    def start(self) -> str:
        """Start and wait for the ready line; return what was printed until then."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "serve", "--port", str(self.port)],
                env=self.environment,
                cwd=self.home.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            text = self.output.read_text()
            if "Ctrl-C stops it" in text:
                return text
            assert self.process.poll() is None, f"gradlab serve ended:\n{text}"
            time.sleep(0.2)
        raise AssertionError(f"not ready in {READY_SECONDS} s:\n{self.output.read_text()}")

    def remember_family(self) -> None:
        """Note every process below the server, to see later that all are gone."""
        assert self.process is not None
        self.family |= set(psutil.Process(self.process.pid).children(recursive=True))

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop as Ctrl-C or an init system does; return the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.remember_family()
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def run(self, *arguments: str) -> str:
        """Run a gradlab command on this course as the instructor does; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "autograder", *arguments],
            env=self.environment,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, f"gradlab {arguments}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def password(self) -> str:
        """Return the password that the console shows."""
        found = re.search(r"password:\s+(\S+)", self.output.read_text())
        assert found is not None
        return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def make_hub() -> Callable[[Path, dict[str, str]], Hub]:
    """Return what makes a hub with settings of its own in a folder."""

    def make(folder: Path, variables: dict[str, str]) -> Hub:
        return Hub(folder / "home", free_port(), folder / "console.txt", variables)

    return make


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    hub = Hub(folder / "home", free_port(), folder / "console.txt")
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


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

    def __init__(self, browser: Browser, hub: Hub) -> None:
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
        page.click("#login_submit")
        return page

    def window(self, name: str) -> Page:
        """Return a further window of somebody who may be logged in already."""
        known = self.contexts.get(name)
        return self.login(name) if known is None else known.new_page()

    def close(self) -> None:
        """Close all windows."""
        for context in self.contexts.values():
            context.close()


@pytest.fixture(scope="session")
def make_people() -> type[People]:
    """Return the class of browser windows, for a hub of one's own."""
    return People


@pytest.fixture(scope="module")
def people(chromium: Browser, hub: Hub) -> Iterator[People]:
    people = People(chromium, hub)
    yield people
    people.close()


SERIOUS = ("serious", "critical")
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
    target.mkdir(parents=True, exist_ok=True)
    script = target / "node_modules" / "axe-core" / "axe.min.js"
    with (target.parent / "accessibility.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = target / "package-lock.json"
        wanted = (package / "package-lock.json").read_bytes()
        if not script.is_file() or installed.read_bytes() != wanted:
            proxy.npm_install(package, target)
    return script


@pytest.fixture(scope="module")
def axe(axe_script: Path) -> Callable[..., list[Finding]]:
    """Return what checks a page: `axe(page)` fails on serious findings and returns the others.

    `leave_out` names selectors of what is not ours, such as JupyterLab's own parts; `fail=False`
    returns all findings.
    """

    def check(page: Page, *leave_out: str, fail: bool = True) -> list[Finding]:
        page.wait_for_function(SETTLED)  # half transparent is low contrast
        page.evaluate(axe_script.read_text(encoding="utf-8"))
        answer = page.evaluate(
            "([without, tags]) => axe.run({exclude: without}, {runOnly: tags})",
            [[[one] for one in leave_out], list(RULES)],
        )
        found = [
            Finding(one["id"], one["impact"] or "minor", one["help"],
                    tuple(node["html"][:160] for node in one["nodes"][:5]))
            for one in answer["violations"]
        ]  # fmt: skip
        serious = [finding for finding in found if finding.impact in SERIOUS]
        assert not (fail and serious), f"{page.url}:\n" + "\n".join(map(str, serious))
        return found

    return check


@pytest.fixture(scope="module")
def picture() -> Callable[[Page, str], None]:
    """Return what keeps a screenshot."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=ARTIFACTS / f"{name}.png")

    return keep
