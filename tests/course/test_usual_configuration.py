"""A course that is only `solutions/` is released and configured like one with its own files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from traitlets.config import PyFileConfigLoader

from autograder.course import Layout
from autograder.course.usual_configuration import HUB, NBGRADER, configuration_file
from autograder.handin.course_exchange import nbgrader_config
from autograder.hub import proxy
from autograder.hub.serving import release_course

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare(tiny: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return a course whose folder holds `solutions/` and nothing else."""
    root = tmp_path / "course"
    tiny(root)
    (root / NBGRADER).unlink()
    layout = Layout(root, tmp_path / "home")
    layout.home.mkdir()
    for name, value in layout.to_environment().items():
        monkeypatch.setenv(name, value)
    return layout


def test_an_assignment_is_released_from_solutions_alone(bare: Layout) -> None:
    """Serving builds and releases; a source that is refused is said and holds nobody up."""
    broken = bare.solutions / "broken"
    broken.mkdir()
    (broken / "notebook.py").write_text("no cell\n")
    said: list[str] = []
    release_course(bare, said.append)
    assert "released tiny" in said
    assert any(line.startswith("refused:") and "has no cell" in line for line in said)
    assert (bare.exchange / bare.course_id / "outbound/tiny/tiny.ipynb").is_file()


@pytest.mark.parametrize("name", [HUB, NBGRADER])
def test_the_usual_file_configures_as_the_repository_s_own(
    bare: Layout, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file of its own the course gets what this repository's file sets."""
    monkeypatch.setattr(proxy, "command", lambda: ["node", "proxy"])
    usual = configuration_file(bare, name, bare.home)
    configs = [
        PyFileConfigLoader(path.name, str(path.parent)).load_config()
        for path in (usual, ROOT / name)
    ]
    assert set(configs[0]) == set(configs[1]) != set()
    if name == NBGRADER:
        assert configs[0] == configs[1] == nbgrader_config(bare)


def test_a_course_s_own_file_is_used(bare: Layout) -> None:
    """A late policy or a site setting that somebody wrote is not passed over."""
    own = bare.root / NBGRADER
    own.write_text("c = get_config()\nc.CourseDirectory.course_id = 'mine'\n")
    assert configuration_file(bare, NBGRADER, bare.home) == own
    assert nbgrader_config(bare).CourseDirectory.course_id == "mine"


def test_what_a_course_lacks_is_said_before_it_is_served(bare: Layout) -> None:
    """Each assignment that cannot be graded here is named with the command; all are released."""
    (bare.root / "course.toml").write_text('[course]\nlibraries = ["no-such-library-of-ours>=2"]\n')
    said: list[str] = []
    release_course(bare, said.append)
    assert "released tiny" in said
    (line,) = [one for one in said if one.startswith("not graded until then:")]
    assert "'tiny' needs libraries that are lacking here: no-such-library-of-ours>=2" in line
    assert f"{sys.executable} -m pip install 'no-such-library-of-ours>=2'" in line
