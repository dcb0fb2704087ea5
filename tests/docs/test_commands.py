"""What the pages say about commands is what the commands do."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from autograder.cli import build_app

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("docs_pages", Path(__file__).parent / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
shown = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shown)

REFERENCE = ROOT / "docs" / "reference" / "command-line.md"
VERBS = typer.main.get_command(build_app()).commands  # type: ignore[attr-defined]  # it is a group
NBGRADER = ("autograde", "collect", "export", "generate_assignment", "generate_feedback",
            "quickstart", "release_assignment", "release_feedback")  # fmt: skip
ELSEWHERE = (
    "cd",
    "cp",
    "curl",
    "docker",
    "export",
    "git",
    "helm",
    "install",
    "jq",
    "kubectl",
    "perf",
    "python",
    "sqlite3",
    "systemctl",
    "tar",
    "systemd-run",
)  # not ours: shown, not run


def options(verb: str) -> set[str]:
    """Return every option of a verb but `--help`."""
    named = (name for param in VERBS[verb].params if param.param_type_name == "option"
             for name in (*param.opts, *param.secondary_opts))  # fmt: skip
    return set(named) - {"--help"}


def arguments(verb: str) -> int:
    """Return how many positional arguments a verb has."""
    return sum(param.param_type_name == "argument" for param in VERBS[verb].params)


def documented() -> dict[str, list[str]]:
    """Return the terms of the reference page's definition lists, by verb."""
    parts = re.split(r"^## `gradlab (\w+)`$", REFERENCE.read_text(encoding="utf-8"), flags=re.M)
    terms = re.compile(r"^(`.+`)\n: ", re.M)
    return {
        verb: [name for line in terms.findall(text) for name in re.findall(r"`([^`]+)`", line)]
        for verb, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_reference_has_every_verb_and_no_other() -> None:
    """A verb that is not in the reference does not exist for its readers."""
    assert set(documented()) == set(VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_reference_has_every_option_and_no_other(verb: str) -> None:
    """Options and arguments of the page are those of the program."""
    terms = documented().get(verb, [])
    assert {term for term in terms if term.startswith("-")} == options(verb)
    assert sum(not term.startswith("-") for term in terms) == arguments(verb)


@pytest.mark.parametrize("page", shown.pages(), ids=lambda page: page.stem)
def test_every_command_shown_exists(page: Path) -> None:
    """Each command on each page is a verb with options that it has, or a target of the Makefile."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.M))
    for command in shown.commands(page):
        words = [word for word in shlex.split(command) if not word.startswith("GRADLAB_")]
        program = words[0].rsplit("/", 1)[-1]
        if program == "make":
            assert words[1] in targets, command
        elif program == "gradlab":
            assert words[1] in VERBS, command
            given = {word.split("=")[0] for word in words[2:] if word.startswith("-")}
            assert given <= options(words[1]), command
        elif program == "nbgrader":
            assert words[1] in NBGRADER, command
        elif program in ("source", "."):
            assert words[1].endswith(".venv/bin/activate"), command
        elif program.endswith(".sh"):
            assert list(ROOT.rglob(f"deploy/**/{program}")), command
        else:
            assert program in ELSEWHERE, command


@pytest.mark.timeout(1200)
def test_every_command_of_the_readme_works(make_course: Any) -> None:
    """Typing the README's commands one after another succeeds, on one of the assignments."""
    course = make_course(ROOT / "solutions", ["recurrent"])
    ran = []
    for command in shown.commands(ROOT / "README.md"):
        if command.split()[0] in ("make", "source"):
            continue  # checked by name above; CI runs `make test`, the end-to-end tests serve
        done = course.run(command)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        ran.append(command.split()[1])
    assert {"doctor", "build", "verify", "score", "demo", "grade", "export"} <= set(ran)
    assert (course.folder / "grades.csv").stat().st_size > 0
