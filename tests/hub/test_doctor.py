"""`gradlab doctor` on machines that lack something."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout
from autograder.hub.doctor import Finding, State, examine


def named(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def test_everything_that_lacks_has_a_remedy(layout: Layout) -> None:
    """No finding leaves a person alone with a cross."""
    environment = {"GRADLAB_COURSE": str(layout.root), "PATH": "", "GRADLAB_HUB_PORT": "none"}
    findings = examine(environment)
    lacking = [finding for finding in findings if finding.state is State.LACKING]
    assert named(lacking, "settings").required
    assert all(finding.remedy for finding in lacking)


def test_a_folder_without_course_is_said(tmp_path: Path) -> None:
    """Outside a course the finding says where to run."""
    finding = named(examine({"GRADLAB_COURSE": str(tmp_path)}), "folder")
    assert finding.state is State.LACKING
    assert "solutions" in finding.found


def test_libraries_of_the_course_are_looked_for(layout: Layout) -> None:
    """What is lacking has the command that installs it; what is there, its version."""
    text = '[course]\nlibraries = ["PyYAML", "no-such-library-of-ours"]\n'
    (layout.root / "course.toml").write_text(text)
    findings = examine({"GRADLAB_COURSE": str(layout.root)})
    assert named(findings, "pyyaml").state is State.GOOD
    missing = named(findings, "no-such-library-of-ours")
    assert missing.state is State.LACKING
    assert missing.remedy.endswith("pip install no-such-library-of-ours")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_demo_hub_on_a_public_address_is_lacking(layout: Layout, host: str) -> None:
    """The doctor refuses what serving would refuse."""
    environment = {"GRADLAB_COURSE": str(layout.root), "GRADLAB_HUB_HOST": host}
    wanted = State.GOOD if host == "127.0.0.1" else State.LACKING
    assert named(examine(environment), "settings").state is wanted


BAD = """
[gpu]
inventory = "magic"
shard = 1
[[gpu.device]]
name = "A"
memory_gib = -1
[[gpu.profile]]
name = "X"
kind = "wholly"
[[gpu.reservation]]
course = "c"
profile = "none"
count = 0
from = "x"
to = "2026-12-01T09:00"
[[gpu.budget]]
course = "c"
hours = -1
[spawner]
backend = "docker"
memory = "lots"
[spawner.docker]
network = "host"
home_volume = "one-for-all"
user = "0:0"
[spawner.slurm]
python = "relative"
"""


def test_every_mistake_about_sessions_and_gpus_is_told_at_once(
    layout: Layout, tmp_path: Path
) -> None:
    """Tables of all depths, names, kinds and what contradicts: the file is mended once."""
    file = tmp_path / "settings.toml"
    file.write_text(BAD)
    findings = examine({"GRADLAB_COURSE": str(layout.root), "GRADLAB_SETTINGS": str(file)})
    mistakes = "\n".join(one.found for one in findings if one.name == "settings")
    for words in (
        "inventory is 'magic'", "'shard' is no setting of [gpu]", "memory_gib is -1.0",
        "name is 'X'", "kind is 'wholly'", "count is 0", "from is 'x'", "hours is -1.0",
        "memory is 'lots'", "hub_port is needed", "docker.image is needed", "network is 'host'",
        "home_volume is 'one-for-all'", "user is '0:0'", "python is 'relative'",
    ):  # fmt: skip
        assert words in mistakes
    shown = {one.name: one.found for one in findings if one.area == "settings"}
    assert shown["gpu.idle_minutes"] == "30.0  (default)"
    assert shown["spawner.backend"] == "docker  (file)"


def test_effective_settings_are_printed_with_their_origin(layout: Layout, tmp_path: Path) -> None:
    """Each setting is shown with where it comes from, also beside mistakes; every mistake is."""
    file = tmp_path / "settings.toml"
    file.write_text('[hub]\nstudents = ["eve"]\nsessions = "open"\nstart_seconds = "long"\n')
    environment = {
        "GRADLAB_COURSE": str(layout.root), "GRADLAB_SETTINGS": str(file),
        "GRADLAB_HUB_HOST": "::1",
    }  # fmt: skip
    findings = examine(environment)
    shown = {one.name: one.found for one in findings if one.area == "settings"}
    assert shown["hub.port"] == "8000  (default)"
    assert shown["hub.students"] == "eve  (file)"
    assert shown["hub.host"] == "::1  (variable GRADLAB_HUB_HOST)"
    mistakes = [one.found for one in findings if one.name == "settings"]
    assert len(mistakes) == 2


def test_what_is_lacking_is_said_last_and_no_default_drowns_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the terminal has it all; `--all` and `--json` have every setting."""
    monkeypatch.setenv("GRADLAB_COURSE", str(layout.root))
    monkeypatch.setenv("GRADLAB_HUB_HOST", "0.0.0.0")
    monkeypatch.setenv("COLUMNS", "120")
    done = CliRunner().invoke(build_app(), ["doctor"])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert len(lines) < 75
    assert not any("(default)" in line for line in lines)
    assert any("0.0.0.0  (variable GRADLAB_HUB_HOST)" in line for line in lines)
    assert lines[-1] == "required and lacking: 1"
    assert lines[-4].startswith("✗ hub, settings: ")
    assert lines[-3].startswith("  → ")
    everything = CliRunner().invoke(build_app(), ["doctor", "--all"]).stdout
    assert everything.count("(default)") > 50
