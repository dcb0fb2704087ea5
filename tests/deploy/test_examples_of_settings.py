"""The settings files below `deploy/`, read as the hub reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.hub import HubSettings

from .conftest import DEPLOY

FILES = sorted(DEPLOY.rglob("gradlab.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_settings_file_is_right(path: Path, tmp_path: Path) -> None:
    """No mistake in it, and its folder's backend is chosen."""
    (tmp_path / "oauth-secret").write_text("secret")
    (tmp_path / "gradlab.toml").write_text(path.read_text())
    settings = HubSettings.load({"GRADLAB_SETTINGS": str(tmp_path / "gradlab.toml")})
    folder = path.parent.name
    assert settings.spawner.backend == {"tljh": "systemd"}.get(folder, folder)
    assert settings.spawner.keep
    assert {profile.name for profile in settings.gpu.choices} >= {"cpu", "whole"}
