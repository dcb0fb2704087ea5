"""Formgrader's pages without a hub."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from jinja2 import DictLoader, Environment
from nbgrader.server_extensions.formgrader import apihandlers
from tornado.web import HTTPError

from autograder.formgrader.safe_pages import (
    SubmissionExporter,
    begin,
    mark_scripts,
    policy,
)
from autograder.formgrader.server import MATHJAX, GuardedFormgrader, guarded_handler
from autograder.operations.formgrader import _Checked, points_by_hand
from autograder.people.authenticators.lti import member_of
from autograder.people.roster import clean_name


def test_formulas_need_no_internet(tmp_path: Path) -> None:
    """A submission's page loads MathJax, with its safe mode, from this server and nowhere else."""
    cells = [nbformat.v4.new_markdown_cell("$e^{i\\pi}$")]
    path = tmp_path / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    config = GuardedFormgrader.build_extra_config(GuardedFormgrader())
    resources = {"base_url": "/services/dl", "index": 0, "total": 1, "submission_id": "x",
                 "assignment_id": "a", "notebook_id": "n", "student": "s", "last_name": None,
                 "first_name": None, "notebook_path": "p"}  # fmt: skip
    page, _ = SubmissionExporter(config=config).from_filename(str(path), resources=resources)
    assert 'src="../../mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe"' in page
    assert "cdnjs" not in page
    for name in ("MathJax.js", "config/TeX-AMS-MML_HTMLorMML-full.js", "config/Safe.js"):
        assert (MATHJAX / name).is_file()


NAMES = [
    "<script>run()</script>", "<img src=x onerror=run()>", "</a></nav><svg onload=run()>",
    "\"><script>run()</script>", "' onmouseover='run()", "{{ 7 * 7 }}", "\\", "&lt;script&gt;run()",
    "\";run();//",
]  # fmt: skip


VALUES = ("last_name", "first_name", "student", "assignment_id", "notebook_id", "notebook_path",
          "submission_id", "base_url")  # fmt: skip


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a submission's page on which everything is called so."""
    path = tmp_path_factory.mktemp("page") / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x")]), path)
    exporter = SubmissionExporter(config=GuardedFormgrader.build_extra_config(GuardedFormgrader()))

    def page(name: str) -> str:
        values = dict.fromkeys(VALUES, name) | {"index": 0, "total": 1}
        made, _ = exporter.from_filename(str(path), resources=values)
        return str(made)

    return page


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_text_on_a_submissions_page(page_of: Callable[[str], str], name: str) -> None:
    """Whatever people and files are called, elements and scripts are those of the template."""
    nonce = begin()
    ordinary, page = (BeautifulSoup(page_of(one), "html.parser") for one in ("Ada", name))
    elements = page.find_all(True)
    assert [one.name for one in elements] == [one.name for one in ordinary.find_all(True)]
    for element in elements:
        assert not [one for one in element.attrs if one.startswith("on")], element
    scripts = page.find_all("script")
    assert len(scripts) > 5
    assert {one.get("nonce") for one in scripts} == {nonce}
    texts = [line for one in scripts for line in one.text.splitlines() if line.startswith("var ")]
    for line in texts:  # a name does not end the quotes that it stands in
        assert re.fullmatch(r'var \w+ = "[^"\\]*";', line), line
    assert f"{name}, {name}" in page.get_text()


@pytest.mark.parametrize(
    "value",
    [-0.5, 2.000001, 1e308, float("nan"), float("inf"), "-1", "3", "nan", "inf", "1e999", True, [1],
     {"a": 1}, "two", "1_000", "9" * 5_000, 10**4299, -(10**4299), "0x1", "\u0661\u0662"],
)  # fmt: skip
def test_points_by_hand_stay_within_the_cells(value: object) -> None:
    """What is no number from 0 to the cell's points is refused, with words and 400."""
    with pytest.raises(HTTPError, match="points are a number from 0 to 2") as refused:
        points_by_hand(value, 2.0)
    assert refused.value.status_code == 400


def test_points_by_hand_are_numbers_as_text_too() -> None:
    """Formgrader's page sends what was typed; an empty field takes the points back."""
    given = (0, 2, 1.5, "1.5", " 2 ", "0", None, "")
    assert [points_by_hand(one, 2.0) for one in given] == [0, 2, 1.5, 1.5, 2, 0, None, None]


def test_every_handler_of_points_and_names_checks_what_it_is_sent() -> None:
    """The routes that write a score or a name have the checking handler, and it checks the body."""
    for route, handler in apihandlers.default_handlers:
        if handler in (apihandlers.GradeHandler, apihandlers.StudentHandler):
            assert hasattr(guarded_handler(route, handler), "_checked"), route
    for body in ([], 7, None, "x"):
        base = type("Base", (), {"get_json_body": lambda self: self.body})
        handler = type("Handler", (_Checked, base), {"body": body})
        with pytest.raises(HTTPError, match="JSON object"):
            handler.get_json_body(handler())


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("<script>run()</script>", "scriptrun()/script"),
        ("Ada\x00\x1b[31m\u202e\u200bB", "Ada[31mB"),
        ("＜img＞﹤b﹥", "imgb"),
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        (" -@+Eve", "Eve"),
        ("x;=1|2", "x12"),
        ("Anna\u2028Lena\u00a0Zoë", "Anna Lena Zoë"),
        ("Anna-Lena O'Neil, Jr.", "Anna-Lena O'Neil, Jr."),
        ("n" * 10_000, "n" * 128),
    ],
)
def test_names_are_clean_wherever_they_come_from(given: str, clean: str) -> None:
    """A platform's claims, a provider's, a file and a program: all make a `Member`."""
    assert clean_name(given) == clean
    claims = {"given_name": given, "family_name": given, "email": given, "sub": "auth0|7"}
    member = member_of("ada", claims)
    assert (member.first_name, member.last_name, member.email) == (clean, clean, clean)
    assert member.lms_id == "auth0|7"


def test_only_scripts_of_templates_are_marked() -> None:
    """A value that looks like a script has no mark; another page has another mark."""
    loader = DictLoader({"page": "<script>1</script><b onclick='f()'>{{ value }}</b>"})
    environment = Environment(loader=loader, autoescape=False)
    mark_scripts(environment)
    first = begin()
    page = environment.get_template("page").render(value="<script>2</script>")
    assert page == (
        f"<script nonce=\"{first}\">1</script><b data-click='f()'><script>2</script></b>"
    )
    second = begin()
    assert f'nonce="{second}"' in environment.get_template("page").render(value="")
    assert first != second
    assert f"'nonce-{second}'" in policy(second)
    assert "'unsafe-inline'" not in policy(second).split("style-src")[0]
