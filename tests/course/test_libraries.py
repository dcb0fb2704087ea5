"""What a course needs beyond gradlab's own: said with the command, and nothing installed."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from autograder.course import Layout, SourceError, load_manifest
from autograder.course.libraries import Lacking, command, lacking, refused, sentence, versions_of
from autograder.course.problems import CourseError
from autograder.course.rules import read_rules

YAML = metadata.version("PyYAML")


@pytest.mark.parametrize(
    "requirement", ["", "two words", "-e .", "x @ https://e.org/x.whl", "x; sys_platform", 3, "a=1"]
)
def test_what_is_no_name_is_refused(requirement: object) -> None:
    """Options, addresses and conditions are none."""
    assert "expected a name" in refused(requirement)


def test_what_is_lacking_is_said_with_the_command() -> None:
    """Not there, another version, or there."""
    needed = ["pyyaml", "no-such-library-of-ours>=2", "PyYAML<1"]
    assert [*lacking(needed)] == [
        Lacking("no-such-library-of-ours>=2", "not installed"),
        Lacking("PyYAML<1", f"{YAML} is installed"),
    ]
    said = sentence("tiny", lacking(needed))
    assert f"{sys.executable} -m pip install 'no-such-library-of-ours>=2' 'PyYAML<1'" in said
    assert command(["PyYAML"]).endswith("install PyYAML")
    assert versions_of(needed) == {"pyyaml": YAML}


def test_a_library_outside_of_the_sandbox_s_folders_is_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Student code could not import it."""
    folder = tmp_path / "outlying-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: outlying\nVersion: 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [*lacking(["outlying"])] == [
        Lacking("outlying", f"installed in {tmp_path}, which the sandbox does not show")
    ]


def test_an_assignment_has_its_own_and_the_course_s(layout: Layout) -> None:
    """The course's first, each once; a mistake in either is said with its file."""
    (layout.root / "course.toml").write_text('[course]\nlibraries = ["PyYAML"]\n')
    settings = layout.solutions / "tiny" / "assignment.toml"
    settings.write_text('title = "Tiny"\nlibraries = ["pandas>=2", "PyYAML"]\n')
    assert load_manifest(layout, "tiny").libraries == ("PyYAML", "pandas>=2")
    settings.write_text('title = "Tiny"\nlibraries = ["two words"]\n')
    (layout.root / "course.toml").write_text('[course]\nlibraries = ["-e ."]\n')
    with pytest.raises(CourseError, match=r"'-e \.'"):
        read_rules(layout.root)
    settings.write_text('title = "Tiny"\n')
    with pytest.raises(SourceError, match=r"course\.toml(.|\n)*'-e \.'"):
        load_manifest(layout, "tiny")
    (layout.root / "course.toml").unlink()
    settings.write_text('title = "Tiny"\nlibraries = ["two words"]\n')
    with pytest.raises(SourceError, match=r"assignment\.toml:2: library 'two words'"):
        load_manifest(layout, "tiny")
