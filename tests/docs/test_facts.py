"""Names and defaults that the pages state are those of the code."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from autograder.batch.clusters import ClusterSettings
from autograder.course import settings
from autograder.grading.report import Report, Verdict
from autograder.handin import ExchangeSettings
from autograder.wire.limits import Limits

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# set by the hub for its own processes, not by people
INTERNAL = {
    "GRADLAB_EXCHANGE", "GRADLAB_EXCHANGE_URL", "GRADLAB_GPU_LEASE", "GRADLAB_SERVED_EXCHANGE",
    "GRADLAB_COURSE_TITLE", "GRADLAB_PROXY_IN_FRONT", "GRADLAB_SERVED_FEEDBACK",
}  # fmt: skip


def rows(page: str) -> dict[str, list[str]]:
    """Return the rows of a page's tables whose first column is a name in backticks."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^\| `([^`]+)` \|(.*)\|$", text, flags=re.M)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in found}


def test_limits_and_their_defaults_are_listed() -> None:
    """An author reads every limit with the default that is in force."""
    listed = rows("how-to/set-limits.md")
    assert set(listed) == {field.name for field in fields(Limits)}
    for name, value in Limits().to_mapping().items():
        assert float(listed[name][0].replace(",", "")) == value, name


def test_exchange_settings_and_their_defaults_are_listed() -> None:
    """An administrator reads every limit of the exchange with the default that is in force."""
    listed = rows("reference/exchange.md")
    for field in fields(ExchangeSettings):
        shown = f"{field.default:,}" if isinstance(field.default, int) else field.default or "–"
        assert listed[field.name][0].strip("`") == shown, field.name


def test_environment_variables_are_listed() -> None:
    """Each variable that the program reads is on the page, and none that it does not read."""
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "autograder").rglob("*.py"))
    read = {name for text in sources for name in re.findall(r"\bGRADLAB_[A-Z_]+[A-Z]\b", text)}
    read = {name for name in read if not name.startswith("GRADLAB_HUB")} - INTERNAL
    read |= {f"GRADLAB_{field.name.upper()}" for field in fields(ClusterSettings)}
    page = (DOCS / "reference" / "environment.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(GRADLAB_[A-Z_]+[A-Z])`", page)) - {"GRADLAB_HUB_PORT"} == read


def test_assignment_settings_are_listed() -> None:
    """Each key of assignment.toml is on its page."""
    listed = {name.strip("[]") for name in rows("reference/assignment-toml.md")}
    assert listed == set(settings._TYPES)


def test_report_fields_and_verdicts_are_listed() -> None:
    """Each field of a stored report, and each verdict, is on its page."""
    text = (DOCS / "reference" / "report.md").read_text(encoding="utf-8")
    names = {field.name for field in fields(Report)} | {str(verdict) for verdict in Verdict}
    assert {name for name in names if f"`{name}`" not in text} == set()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_of_the_top_pages_lead_somewhere(page: str) -> None:
    """Sphinx checks the links inside docs/; these pages are read on a code host."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not target.startswith(("http://", "https://")):
            assert (ROOT / target).exists(), f"{page} links to {target}"


def test_folders_of_tests_are_those_of_packages() -> None:
    """Who changes a package finds its tests under the same name; CONTRIBUTING names the others."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for folder, package in (("", "autograder"), ("hub", "autograder/hub")):
        packages = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
        tests = {
            path.name
            for path in (ROOT / "tests" / folder).iterdir()
            if path.is_dir() and any(path.glob("test_*.py"))
        }
        others = {name for name in tests - packages if f"`tests/{name}/`" not in text}
        assert others == set()
