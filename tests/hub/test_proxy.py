"""Installing the proxy: whole or not at all, once, whoever else installs it."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.hub import proxy
from autograder.settings.errors import ProxyError

WANTED = "node_modules/tool/tool.js"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that npm could install."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_text(name)
    return folder


class Npm:
    """Stands for npm: writes the wanted file, in two steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, target: Path) -> None:
        self.runs = 0
        self.target = target
        self.fails = False
        monkeypatch.setattr(proxy, "_install", self)

    def __call__(self, package: Path, folder: Path) -> None:
        self.runs += 1
        shutil.copytree(package, folder)
        (folder / WANTED).parent.mkdir(parents=True)
        if self.fails:
            raise ProxyError("no network")
        assert not (self.target / WANTED).exists(), "half of it could be seen"
        (folder / WANTED).touch()


def test_several_at_once_install_once(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hubs that start in a fresh environment do not take npm's files from each other."""
    target = tmp_path / "share" / "tool"
    npm = Npm(monkeypatch, target)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: proxy.npm_install(package, target, WANTED), range(4)))
    assert made == [target / WANTED] * 4
    assert made[0].is_file()
    assert npm.runs == 1


def test_what_is_older_or_damaged_is_replaced(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other pins and a missing program are noticed; a failed attempt leaves nothing half done."""
    target = tmp_path / "tool"
    npm = Npm(monkeypatch, target)
    proxy.npm_install(package, target, WANTED).unlink()
    proxy.npm_install(package, target, WANTED)
    assert npm.runs == 2
    (package / "package-lock.json").write_text("newer")
    (target / WANTED).unlink()
    npm.fails = True
    with pytest.raises(ProxyError):
        proxy.npm_install(package, target, WANTED)
    npm.fails = False
    assert proxy.npm_install(package, target, WANTED).is_file()
    assert (target / "package-lock.json").read_text() == "newer"
