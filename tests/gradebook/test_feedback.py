"""A feedback page's formulas are drawn by the browser itself, and the page runs nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.gradebook.feedback import MOST_CHARACTERS, MOST_FORMULAS, mathml, self_contained

SOLUTIONS = Path(__file__).parents[2] / "solutions"
IN_TEXT = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)


def formulas() -> list[str]:
    """Return every formula of the course's notebooks."""
    return [
        (match[1] or match[2]).replace("\n# ", "\n")
        for path in sorted(SOLUTIONS.glob("*/notebook.py"))
        for match in IN_TEXT.finditer(path.read_text(encoding="utf-8"))
    ]


def test_every_formula_of_the_course_is_drawn() -> None:
    """No exercise has a formula that would stay TeX on a feedback page."""
    found = formulas()
    assert len(found) > 100
    assert [tex for tex in found if mathml(tex) is None] == []


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"\frac12 x_t", ["mfrac", "msub"]),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", ["mtable", "mtr", "mtr"]),
        (r"\begin{pmatrix} 1 & 2 \end{pmatrix}", ["mtable", "mtr"]),
        (r"\mathbb{E}_{x}\big[\log D(x)\big]", ["msub"]),
        (r"x < y", []),
    ],
)
def test_structure_is_kept(tex: str, parts: list[str]) -> None:
    """Fractions, indices and tables are elements, which screen readers tell as such."""
    element = mathml(tex)
    assert element is not None
    kinds = {"mfrac", "msub", "mtable", "mtr"}
    assert [one.name for one in element.find_all(True) if one.name in kinds] == parts
    assert element["alttext"] == tex


def test_what_is_a_formula_is_as_for_mathjax() -> None:
    """All its delimiters are known; code, escaped dollars and what is not understood stay."""
    page = self_contained(
        r"<p>$a$ \(b\) $$c$$ \[d\] \begin{align*}e&amp;f\end{align*}</p>"
        r"<p>\$7 <code>$g$</code> <pre>$h$</pre> $\unknown{i}$ $ open</p>"
        "<script>1</script><script type='text/x-mathjax-config'>2</script>"
    )
    soup = BeautifulSoup(page, "html.parser")
    assert [(one.get_text(), one["display"]) for one in soup.find_all("math")] == [
        ("a", "inline"), ("b", "inline"), ("c", "block"), ("d", "block"), ("ef", "block"),
    ]  # fmt: skip
    for kept in (r"\$7", "<code>$g$</code>", "<pre>$h$</pre>", r"$\unknown{i}$ $ open"):
        assert kept in page
    assert "script" not in page


PIECES = [*"$<>&\"'{}_^ ax\\", r"\text{", "<img onerror=", r"\href{", "</mtext>", "}$"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
@example(r"$\text{<img src=x onerror=run()>}$")
@example(r"$\text{</mtext><script>run()</script>}$")
@example(r"$\href{javascript:run()}{x}$")
@example(r"$\style{background:url(http://x)}{x}$")
@example(r'$\color{red" onclick="run()}x$')
def test_nothing_in_a_formula_becomes_html(text: str) -> None:
    """Whatever is between dollars, the page has MathML and text, without any handler or address."""
    soup = BeautifulSoup("<p></p>", "html.parser")
    assert soup.p is not None
    soup.p.append(text)
    page = BeautifulSoup(self_contained(str(soup)), "html.parser")
    for element in page.find_all(True):
        assert element.name in ("p", "math") or element.name.startswith("m")
        assert not {name for name in element.attrs if name.startswith(("on", "href", "style"))}


@pytest.mark.parametrize("text", ["$" * 200_001, r"\[" * 50_000, r"\begin{align}" * 20_000])
@pytest.mark.timeout(20)
def test_many_beginnings_take_no_time(text: str) -> None:
    """A page full of formulas that never end is looked through once."""
    assert "<math" not in self_contained(f"<p>{text}</p>")


def test_a_formula_beyond_the_limit_stays_text() -> None:
    """The work for one formula is bounded."""
    assert mathml("x" * MOST_CHARACTERS) is not None
    assert mathml("x" * (MOST_CHARACTERS + 1)) is None


def test_the_first_formulas_of_a_page_are_drawn() -> None:
    """Beyond that they stay as they were written: a page of a million formulas is made, too."""
    page = self_contained("<p>" + "$x$ " * (MOST_FORMULAS - 1) + "</p><p>" + "$y$ " * 100 + "</p>")
    assert page.count("<math") == MOST_FORMULAS
    assert page.count("$y$") == 99
