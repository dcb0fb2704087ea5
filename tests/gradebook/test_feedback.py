"""A feedback page's formulas are drawn by the browser itself, and the page runs nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.gradebook.feedback import (
    MOST_CHARACTERS,
    MOST_FORMULAS,
    mathml,
    self_contained,
)
from autograder.gradebook.math_style import MATH_STYLE

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


@pytest.mark.parametrize(
    "inside",
    [
        "<!--><img src=x onerror=run()>-->",
        "<!-- --!><img src=x onerror=run()> -->",
        "<!--x",
        "<![CDATA[<img src=x onerror=run()>]]>",
        "<?php <img src=x onerror=run()>?>",
        "<!ENTITY x '<img src=x onerror=run()>'>",
        "<!DOCTYPE x>",
        "<!x <img src=x onerror=run()>>",
        "<svg><script>run()</script></svg>",
        "</mtext></mrow></math><img src=x onerror=run()>",
        "&lt;img src=x&gt;<b>",
    ],
)
@pytest.mark.parametrize("around", [r"\text{%s}", r"\mathrm{%s}", "%s", r"\operatorname{%s}"])
def test_comments_and_declarations_in_a_formula_stay_text(inside: str, around: str) -> None:
    """Other nodes than elements and text are refused: browsers end comments earlier."""
    tex = around % inside
    element = mathml(tex)
    assert element is None or "<img" not in str(element)
    escaped = tex.replace("&", "&amp;").replace("<", "&lt;")
    page = self_contained(f"<html><head></head><body><p>${escaped}$</p></body></html>")
    assert "<img" not in page
    assert "<!--" not in page
    if element is None:
        assert f"${escaped.replace('>', '&gt;')}$" in page


@pytest.mark.parametrize(
    "tex",
    [r"\hat{" * 200 + "x" + "}" * 200, r"\hat{" * 200, "x^{" * 600 + "}" * 600,
     "{" * 990 + "}" * 990,
     r"\frac{1}{" * 190 + "x" + "}" * 190, r"\left(" * 200 + "x" + r"\right)" * 200,
     r"\sqrt" * 390 + "x", r"\hat" * 490 + "x", r"\begin{matrix}" * 60 + r"\end{matrix}" * 60,
     "x^" * 900 + "x", r"\overline{" * 45 + "x" + "}" * 45],
)  # fmt: skip
def test_a_formula_nested_too_deep_stays_text_and_the_page_is_made(tex: str) -> None:
    """However a formula nests, its page is made; it is left as TeX where it is too deep."""
    page = self_contained(f"<html><head></head><body><p>${tex}$</p><p>$y$</p></body></html>")
    assert "<mi>y</mi>" in page
    assert mathml(r"\hat{" * 10 + "x" + "}" * 10) is not None


def test_a_page_has_a_policy_and_nothing_that_acts() -> None:
    """Handlers, frames, forms, other addresses and comments are gone; links and pictures stay."""
    page = self_contained(
        "<!DOCTYPE html><html><head><meta charset='utf-8'/><base href='//x'/>"
        "<meta http-equiv='refresh' content='0;url=//x'/><link rel='x' href='//x'/></head><body>"
        "<p ONCLICK='run()' onfocus=run() tabindex=0>a</p><a href='javascript:run()'>b</a>"
        "<a href=' javascript:run()'>c</a><a href='https://example.org'>d</a><a href='#x'>e</a>"
        "<iframe srcdoc='<script>run()</script>'></iframe><img src='//x/p.png' onerror='run()'/>"
        "<img src='data:image/png;base64,AA=='/><form action='//x'><input/></form>"
        "<svg onload='run()'><a xlink:href='javascript:run()'/></svg><object data='//x'></object>"
        "<!--><img src=x onerror=run()>--><math><maction actiontype='x'/></math></body></html>"
    )
    soup = BeautifulSoup(page, "html.parser")
    first = soup.find("meta")
    assert first is not None
    assert first["http-equiv"] == "Content-Security-Policy"
    assert "default-src 'none'" in str(first["content"])
    assert "script-src" not in str(first["content"])
    assert page.startswith("<!DOCTYPE html>")
    assert [one.get("href") for one in soup.find_all("a")] == [
        None, None, "https://example.org", "#x",
    ]  # fmt: skip
    assert [one.get("src") for one in soup.find_all("img")] == [None, "data:image/png;base64,AA=="]
    for gone in ("run()", "iframe", "<form", "<svg", "<object", "<!--", "<base", "refresh"):
        assert gone not in page


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


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\[1ex] c &= d \end{aligned}",
        r"\begin{cases} a & b \\ [2pt] c & d \end{cases}",
        r"\begin{pmatrix} 1 \\[-1.5ex] 2 \end{pmatrix}",
    ],
)
def test_more_space_between_lines_is_no_content(tex: str) -> None:
    """A length behind a line's end is not drawn, and both lines are."""
    element = mathml(tex, block=True)
    assert element is not None
    assert len(element.find_all("mtr")) == 2
    assert not {"[", "]", "1ex", "2pt"} & set(element.get_text(" ").split())


def test_the_style_of_formulas_is_what_its_script_makes() -> None:
    """The font in it is no binary of unknown origin, and loads nothing."""
    script = Path(__file__).parents[2] / "scripts" / "math-font.py"
    made = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert made.stdout == MATH_STYLE.read_text()
    assert made.stdout.count("url(") == made.stdout.count("url(data:") == 1
    assert "gradlab math" in self_contained("<html><head></head><body></body></html>")


@pytest.mark.parametrize("tex", [r"\max_i x_i", r"\lim_{x \to 0} x_i", r"\arg\max_a x_i"])
def test_what_a_limit_is_about_stands_under_it(tex: str) -> None:
    """As TeX puts it in a formula of its own; other subscripts, and those in a line, stay."""
    element = mathml(tex, block=True)
    assert element is not None
    assert len(element.find_all("munder")) == 1
    assert len(element.find_all("msub")) == 1
    within = mathml(tex)
    assert within is not None
    assert not within.find_all("munder")
