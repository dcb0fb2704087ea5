"""Make what students wrote or printed safe to show in formgrader, feedback pages and terminals.

nbgrader's page templates render markdown and HTML outputs as they are, so the notebook itself must
hold nothing that a browser would run.

What it guarantees:

- Markdown keeps its look (headings, emphasis, lists, tables, code, mathematics) but has no HTML, no
  link with a hidden target, no reference, and no image but the pictures that came with it, which
  `pictures` looks into; what was written is still to be read.
- HTML output keeps its text and structure (lines, lists, emphasis) and loses every attribute.
- TeX in any of them makes no link and does nothing to the page, however it is spelt.
- Text has no control characters but tab and newline, no lone surrogates, and no characters that
  reverse the reading direction; colours of tracebacks stay.
- Unknown kinds of output are left out, and it is said that they were.
- Cleaning takes time in proportion to the text, whatever it is.

What it does not do: decide what a submission is worth, or limit its size (grading did).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Mapping
from html import escape, unescape
from typing import Any

import nh3

MAX_HTML_CHARACTERS = 100_000
MAX_HTML_DEPTH = 200  # of elements within elements: cleaning takes the square of it
MAX_PIXELS = 25_000_000  # of a picture: a hundred kilobytes of PNG can be gigabytes in a browser
MAX_COLOURS = 2_000  # of one text: showing it takes the square of them
# What nbconvert's own `sanitize_html`, the second line of defence, lets through as well. It would
# spoil tables with a `tbody` that it does not know, so they become lines.
HTML_TAGS = frozenset("b code div em i li ol pre span strong ul".split())  # noqa: SIM905

_IMAGE_STARTS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# the order in which both templates look for something to show
_SHOWN = ("text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "text/plain")

_PICTURE_NAME = re.compile(r"picture-[0-9a-f]{16}\.(?:png|jpg)")
_PICTURE = re.compile(
    rf"!\[[^\]\n]{{0,200}}\]\(attachment:({_PICTURE_NAME.pattern})[^)\n]{{0,200}}\)"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,40}m")
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_LIKE_DIV = re.compile(r"<(/?)(?:p|h[1-6]|caption|blockquote|table|tr)\b", re.IGNORECASE)
_LIKE_SPAN = re.compile(r"<t[dh]\b", re.IGNORECASE)
_LIKE_SPAN_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<[bh]r\b[^>]{0,200}>", re.IGNORECASE)
# the cleaner would drop with the text in it: mathematics, drawings, templates, a tag without an end
_WHOLE_TAG = re.compile(r"</?([a-z][^\s/<>]*)[^<>]*>", re.IGNORECASE)
_UNFINISHED = re.compile(r"<(?=[^<>]*\Z)")
_ENTITY = re.compile(r"&(?=#?\w)")  # `&bsol;href` is a TeX command, too
_ENTITY_WHOLE = re.compile(r"&#?\w{1,40};?")
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
_LINK_TARGET = re.compile(r"\](?=[(:\[])")
_TEX_COMMAND = re.compile(
    r"\\(?=(?:href|url|html\w*|data|style|class|cssId|require|includegraphics|mmlToken)\b)"
)


def plain_text(text: str, *, colours: bool = False) -> str:
    """Return text without control, direction and surrogate characters; lines end with newlines.

    >>> plain_text("a" + chr(27) + "[31mb" + chr(7))
    'ab�'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" not in text:
        return _UNSEEN.sub("\ufffd", text)
    if not colours or text.count("\x1b") > MAX_COLOURS:
        return _UNSEEN.sub("\ufffd", _ESCAPE.sub("", text))
    pieces: list[str] = []
    start = 0
    for match in _COLOUR.finditer(text):
        pieces += [_UNSEEN.sub("\ufffd", _ESCAPE.sub("", text[start : match.start()])), match[0]]
        start = match.end()
    pieces.append(_UNSEEN.sub("\ufffd", _ESCAPE.sub("", text[start:])))
    return "".join(pieces)


def pictures(outputs: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the pictures of a text that can be shown, as a notebook has them: its attachments."""
    found: dict[str, dict[str, str]] = {}
    for output in outputs:
        metadata, data = output.get("metadata"), output.get("data")
        name = metadata.get("attachment") if isinstance(metadata, Mapping) else None
        if not (isinstance(name, str) and _PICTURE_NAME.fullmatch(name)):
            continue
        for mime in _IMAGE_STARTS:
            value = data.get(mime) if isinstance(data, Mapping) else None
            safe = _media(mime, value) if isinstance(value, str) else None
            if safe is not None:
                found[name] = {mime: safe}
    return found


def markdown(text: str, pictures: Collection[str] = ()) -> str:
    """Return markdown in which HTML, links, images and references are taken apart by a space.

    Args:
        text: what somebody wrote.
        pictures: names of its pictures; each is shown where the text has it, or else at its end.

    >>> markdown("a<b> [x](javascript:y) $a<b$")
    'a< b> [x] (javascript:y) $a< b$'
    """
    if not pictures:
        return _without_links(text)
    parts, shown = [], set()
    at = 0
    for match in _PICTURE.finditer(text):
        if match[1] in pictures:
            parts += [
                _without_links(text[at : match.start()]),
                f"![picture](attachment:{match[1]})",
            ]
            shown.add(match[1])
            at = match.end()
    rest = [f"\n\n![picture](attachment:{name})" for name in sorted(set(pictures) - shown)]
    return "".join([*parts, _without_links(text[at:]), *rest])


def _without_links(text: str) -> str:
    text = plain_text(unescape(text))
    text = _ENTITY.sub("& ", text)
    text = _TAG_START.sub("< ", text)
    text = _LINK_TARGET.sub("] ", text)
    return _TEX_COMMAND.sub(r"\\ ", text)


def html(text: str) -> str | None:
    """Return HTML with harmless elements only, or `None` when it is too large or deep to clean."""
    if len(text) > MAX_HTML_CHARACTERS or _depth(text) > MAX_HTML_DEPTH:
        return None
    text = _LIKE_DIV.sub(r"<\1div", plain_text(text))
    text = _LIKE_SPAN_END.sub("</span> ", _LIKE_SPAN.sub("<span", text))
    text = _UNFINISHED.sub("&lt;", _WHOLE_TAG.sub(_usual, _BREAK.sub("<div></div>", text)))
    cleaned = nh3.clean(
        text, tags=set(HTML_TAGS), attributes={}, clean_content_tags=set(), link_rel=None
    )
    spelt_out = _ENTITY_WHOLE.sub(lambda match: escape(unescape(match[0]), quote=False), cleaned)
    return _TEX_COMMAND.sub(r"\\ ", spelt_out)


def _usual(tag: re.Match[str]) -> str:
    return tag[0] if tag[1].lower() in nh3.ALLOWED_TAGS else ""


def _depth(text: str) -> int:
    """Return how many elements stand within each other at most, as far as the tags tell."""
    unclosed: dict[str, int] = {}
    depth = deepest = 0
    for closes, name in _TAG.findall(text.lower()):
        if name in _VOID or (closes and not unclosed.get(name)):
            continue
        step = -1 if closes else 1
        unclosed[name] = unclosed.get(name, 0) + step
        depth += step
        deepest = max(deepest, depth)
    return deepest


def latex(text: str) -> str:
    """Return LaTeX without commands that make links or act on the page."""
    return _TEX_COMMAND.sub(r"\\ ", plain_text(text))


def outputs(raw: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return nbformat 4 outputs that are safe to show, in order."""
    cleaned = (_output(item) for item in raw)
    return [output for output in cleaned if output is not None]


def _output(item: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        text = plain_text(_joined(item.get("text")), colours=True)
        return {"output_type": "stream", "name": name, "text": text}
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": "error",
            "ename": plain_text(_joined(item.get("ename"))),
            "evalue": plain_text(_joined(item.get("evalue"))),
            "traceback": [
                plain_text(line, colours=True)
                for line in (lines if isinstance(lines, list | tuple) else ())
                if isinstance(line, str)
            ],
        }
    if kind in ("display_data", "execute_result", "update_display_data"):
        data = item.get("data")
        bundle = _bundle(data) if isinstance(data, Mapping) else {}
        output: dict[str, Any] = {"output_type": "display_data", "data": bundle, "metadata": {}}
        if kind == "execute_result":
            count = item.get("execution_count")
            output["output_type"] = kind
            output["execution_count"] = count if type(count) is int else None
        return output
    return None


def _bundle(data: Mapping[Any, Any]) -> dict[str, str]:
    bundle: dict[str, str] = {}
    for mime in _SHOWN:
        value = _joined(data.get(mime))
        if not value:
            continue
        safe = _media(mime, value)
        if safe is not None:
            bundle[mime] = safe
    if not bundle:
        kinds = ", ".join(sorted(str(mime) for mime in data)) or "nothing"
        bundle["text/plain"] = plain_text(f"[this output is not shown here: {kinds[:200]}]")
    return bundle


def _media(mime: str, value: str) -> str | None:
    if mime == "text/html":
        return html(value)
    if mime == "text/markdown":
        return markdown(value)
    if mime == "text/latex":
        return latex(value)
    if mime == "text/plain":
        return plain_text(value, colours=True)
    packed = "".join(value.split())
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None
    pixels = _pixels(data) if data.startswith(_IMAGE_STARTS[mime]) else 0
    return packed if 0 < pixels <= MAX_PIXELS else None


def _pixels(image: bytes) -> int:
    """Return how large a PNG or JPEG says that it is, 0 when it does not say so."""
    if image.startswith(_IMAGE_STARTS["image/png"]):
        return int.from_bytes(image[16:20]) * int.from_bytes(image[20:24])
    at = 2
    while image[at : at + 1] == b"\xff" and at + 9 <= len(image):
        marker = image[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame begins
            return int.from_bytes(image[at + 5 : at + 7]) * int.from_bytes(image[at + 7 : at + 9])
        at += 1 if marker == 0xFF else 2 + int.from_bytes(image[at + 2 : at + 4])
    return 0


def _joined(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
