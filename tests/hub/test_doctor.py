"""`gradlab doctor` on machines that lack something."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_demo_hub_on_a_public_address_is_lacking(layout: Layout, host: str) -> None:
    """The doctor refuses what serving would refuse."""
    environment = {"GRADLAB_COURSE": str(layout.root), "GRADLAB_HUB_HOST": host}
    wanted = State.GOOD if host == "127.0.0.1" else State.LACKING
    assert named(examine(environment), "settings").state is wanted


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
