r"""A student's feedback page: one file that needs nothing else and runs nothing.

nbgrader's page has formulas as TeX and lets the reader's browser load MathJax from the Internet.
JupyterLab shows such a page without scripts, so that they would stay TeX there in any case.

What it guarantees:

- Formulas are MathML, which browsers draw and screen readers read by themselves, with subscripts
  below the line whatever fonts a machine has (`math.css`).
- The page has no script, loads nothing, and has a content security policy that says so: elements,
  attributes and addresses that could run or load something are taken out, comments, too.
- Colours can be read, links be told from text, and the page says its language.
- A formula that is not understood, or is nested too deep, stays as it was written; what is drawn
  is elements and text of two lists and nothing else, so that nothing in one becomes HTML.
- The first so many formulas of a page are drawn; making a page ends.

What it does not do: draw formulas in formgrader, whose server gives MathJax to the browser.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from bs4 import BeautifulSoup
from bs4.element import Doctype, NavigableString, PageElement, PreformattedString, Tag
from nbconvert.exporters import HTMLExporter

from autograder.gradebook.math_style import MATH_STYLE

MOST_CHARACTERS: Final = 2_000
MOST_NESTED: Final = 40  # braces in braces, elements in elements
MOST_FORMULAS: Final = 2_000  # of a page; a thousand take half a second
# what begins a formula for MathJax, and what ends it; escaped dollars begin nothing
_BEGIN: Final = re.compile(
    r"\\\$|\$\$|\$|\\\[|\\\("
    r"|\\begin\{(?:equation|align|aligned|gather|gathered|split|multline|eqnarray)\*?\}"
)
_END: Final = {"$$": "$$", "$": "$", "\\[": "\\]", "\\(": "\\)"}
_NOT_IN: Final = ["script", "style", "pre", "code", "textarea", "math", "title"]
_ALIGNED: Final = re.compile(
    r"\\(begin|end)\{(?:align|aligned|split|gathered|gather|eqnarray)\*?\}"
)
# more space between two lines, which a browser gives by itself
_SPACED: Final = re.compile(r"\\\\\s*\[\s*-?[\d.]{1,9}\s*(?:ex|em|pt|mm|cm|in|px|bp|pc)\s*\]")
_ARGUMENT: Final = re.compile(r"\\arg\s*\\(min|max)(?![a-zA-Z])")
_LIMITED: Final = frozenset(("max", "min", "lim", "sup", "inf", "argmax", "argmin"))
_UNDER: Final = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_ACTIVE: Final = [
    "applet", "audio", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input",
    "link", "math", "noscript", "object", "portal", "script", "select", "svg", "template",
    "textarea", "video",
]  # fmt: skip
_LINK: Final = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
_PICTURE: Final = re.compile(r"data:image/(?:png|jpeg|gif);", re.IGNORECASE)
_LOADING: Final = frozenset((
    "action", "background", "cite", "formaction", "http-equiv", "manifest", "ping", "poster",
    "srcdoc", "srcset",
))  # fmt: skip
# over nbgrader's own style, whose contrast is too low
_STYLE: Final = """
a { color: #22527b; text-decoration: underline; }
.panel-primary { border-color: #22527b; }
.panel-primary > .panel-heading { background: #22527b; border-color: #22527b; }
div.nbgrader_cell .panel-heading a { color: #fff; }
.highlight, .highlight pre { background: #fff; }
math { font-size: 1.15em; }
math[display=block] { margin: 1em 0; }
"""
# fmt: off
_ELEMENTS: Final = frozenset((
    "math", "merror", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow",
    "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover",
))
_ATTRIBUTES: Final = frozenset((
    "accent", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle",
    "fence", "form", "height", "largeop", "linebreak", "linethickness", "lspace", "mathcolor",
    "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rowlines", "rowspacing",
    "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "width", "xmlns",
))
# fmt: on


class FeedbackExporter(HTMLExporter):  # type: ignore[misc]  # nbconvert ships no types
    """Renders feedback; set as `c.GenerateFeedback.exporter_class`."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the page, and nbconvert's resources."""
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return self_contained(page), resources


def self_contained(page: str) -> str:
    """Return a page without scripts, its formulas as MathML."""
    soup = BeautifulSoup(page, "html.parser")
    _take_out_what_acts(soup)
    if soup.html is not None and soup.head is not None:
        soup.html["lang"] = "en"
        policy = {"http-equiv": "Content-Security-Policy", "content": POLICY}
        soup.head.insert(0, soup.new_tag("meta", attrs=policy))
        style = soup.new_tag("style")
        style.string = _STYLE + _formulas_style()
        soup.head.append(style)
    _draw_formulas(soup)
    return str(soup)


@lru_cache(maxsize=1)
def _formulas_style() -> str:
    return MATH_STYLE.read_text(encoding="utf-8")


def inert(fragment: str) -> str:
    """Return a fragment of a page that can do nothing, its formulas as MathML."""
    soup = BeautifulSoup(fragment, "html.parser")
    _take_out_what_acts(soup)
    for element in soup.find_all("style"):
        element.decompose()
    _draw_formulas(soup)
    return str(soup)


def _draw_formulas(soup: BeautifulSoup) -> None:
    texts = soup.find_all(string=re.compile(r"[$\\]"))
    left = MOST_FORMULAS
    for text in texts:
        if type(text) is NavigableString and text.find_parent(_NOT_IN) is None:
            parts = _drawn(str(text), left)
            left -= len(parts) // 2
            text.replace_with(*parts)


def _take_out_what_acts(soup: BeautifulSoup) -> None:
    """Remove what a browser would run or load, and what is neither an element nor text."""
    for node in list(soup.descendants):
        if isinstance(node, PreformattedString) and not isinstance(node, Doctype):
            node.extract()
    for element in soup.find_all(_ACTIVE):
        element.decompose()
    for element in soup.find_all(True):
        for name in list(element.attrs):
            plain, value = name.lower().rpartition(":")[2], str(element.attrs[name])
            known = {"href": _LINK, "src": _PICTURE}.get(plain)
            if plain.startswith("on") or plain in _LOADING or (known and not known.match(value)):
                del element.attrs[name]


def _drawn(text: str, most: int) -> list[Any]:
    """Return the parts of a text, its formulas as elements; so many formulas at most."""
    parts: list[Any] = []
    missing: set[str] = set()  # ends that do not come any more, so that each is sought once
    done = at = 0
    while len(parts) < 2 * most and (begin := _BEGIN.search(text, at)) is not None:
        at, word = begin.end(), begin[0]
        is_environment = word.startswith("\\begin")
        end = word.replace("begin", "end") if is_environment else _END.get(word, "")
        stop = text.find(end, at) if end and end not in missing else -1
        if stop < 0:
            missing.add(end)
            continue
        tex = text[begin.start() : stop + len(end)] if is_environment else text[at:stop]
        at = stop + len(end)
        element = mathml(tex, block=word not in ("$", "\\("))
        if element is not None:
            parts += [NavigableString(text[done : begin.start()]), element]
            done = at
    return [*parts, NavigableString(text[done:])]


def mathml(tex: str, *, block: bool = False) -> Tag | None:
    r"""Return a formula as an element; `None` for one that is not understood.

    >>> str(mathml("x^2"))[-53:]
    '<mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
    >>> mathml(r"\text{<img src=x onerror=run()>}") is None
    True
    """
    from latex2mathml.converter import convert

    if len(tex) > MOST_CHARACTERS or _nested(tex) > MOST_NESTED:
        return None
    aligned = _ALIGNED.sub(r"\\\1{align*}", _SPACED.sub(r"\\\\ ", tex.strip()))
    aligned = _ARGUMENT.sub(r"\\operatorname{arg\1}", aligned)
    try:
        converted = convert(aligned, display="block" if block else "inline")
    except Exception:  # noqa: BLE001 (it raises whatever comes; what was written is shown then)
        return None
    found = BeautifulSoup(converted, "html.parser")
    element = found.math
    if element is None or len(found.contents) != 1:
        return None
    nodes = list(found.descendants)  # without recursion, however deep they are
    if not all(_is_harmless(node) for node in nodes) or _depth(nodes) > MOST_NESTED:
        return None
    if block:  # what a limit is about stands under it, as TeX puts it
        for index in element.find_all(list(_UNDER)):
            base = index.find(True)
            if isinstance(base, Tag) and base.name == "mo" and base.string in _LIMITED:
                index.name = _UNDER[index.name]
    element["alttext"] = tex.strip()
    return element.extract()


def _nested(tex: str) -> int:
    """Return how many braces stand within each other at most."""
    deepest = depth = 0
    for character in tex:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return deepest


def _depth(nodes: list[PageElement]) -> int:
    """Return how many elements stand within each other at most; each comes after its parent."""
    depths: dict[int, int] = {}
    for node in nodes:
        depths[id(node)] = depths.get(id(node.parent), 0) + 1
    return max(depths.values(), default=0)


def _is_harmless(node: PageElement) -> bool:
    """Return whether it is text, or an element that is MathML and was understood; no comment."""
    if not isinstance(node, Tag):
        return type(node) is NavigableString
    text = node.string or ""
    unknown = node.name in ("mi", "mo") and text.startswith(("\\", "&"))
    return (
        node.name in _ELEMENTS and not unknown and all(name in _ATTRIBUTES for name in node.attrs)
    )
