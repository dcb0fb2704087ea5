"""Nothing that a student writes or prints runs in the browser or terminal of whoever reads it."""

from __future__ import annotations

import base64
import html
import re
import struct
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.gradebook import safe_text
from autograder.gradebook.feedback import FeedbackExporter
from autograder.gradebook.nbgrader.configuration import configure
from autograder.gradebook.notebook import AutogradedNotebook
from autograder.grading.report import ExecutedCell, Repair, Verdict

MARKUP = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<style>body{display:none}</style>",
    "<form action=/hub/logout><input type=submit></form>",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<!--><script>alert(1)</script>-->",
    "<div id='doubling' class='score'>x</div>",
    "<math><mtext></p><style><img src onerror=alert(1)>",
]
MARKDOWN = [
    *MARKUP,
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x]\n\n  [x]: javascript:alert(1) 'title'",
    "![x](https://evil.example/spy.png)",
    "![x](/hub/logout)",
    "<javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '![" onerror="alert(1)](x)',
    "```mermaid\n</pre><script>alert(1)</script>\n```",
    "```html\n<script>alert(1)</script>\n```",
    "# doubling\n\n## <b>x</b>",
    "$</script><script>alert(1)</script>$",
    "$$\\href{javascript:alert(1)}{x}$$",
    "\\begin{equation}<img src=x onerror=alert(1)>\\end{equation}",
    "| a | b |\n|--|--|\n| <script>alert(1)</script> | [x](javascript:y) |",
    "![x](attachment:missing.png)",
    'https://x.example/"onmouseover="alert(1)',
    "\x1b]0;title\x07 \x1b[2J \u202egnp.exe",
]
BUNDLES = [
    *({"text/html": text} for text in MARKUP),
    *({"text/markdown": text} for text in MARKDOWN),
    *({"text/latex": text} for text in MARKUP),
    *({"text/plain": text} for text in MARKUP),
    {"application/javascript": "alert(1)"},
    {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"},
    {"text/vnd.mermaid": "</pre><script>alert(1)</script>"},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}},
    {"image/png": '"><script>alert(1)</script>'},
    {"image/png": "iVBORw0KGgo=", "text/html": "<b>x</b>"},
    {"image/jpeg": "iVBORw0KGgo="},
    {"application/pdf": "x", "application/json": {"a": 1}},
    {},
]
FORMGRADER = {
    "assignment_id": "a", "notebook_id": "n", "submission_id": "s", "index": 0, "total": 1,
    "base_url": "/b", "student": "ada", "last_name": None, "first_name": None, "notebook_path": "p",
}  # fmt: skip
FORBIDDEN_TAGS = (
    "script", "style", "iframe", "object", "embed", "form", "svg", "math", "meta", "base", "link",
    "input", "button", "textarea", "video", "audio", "template", "noscript",
)  # fmt: skip


def hostile(reports):
    """A report with every payload in every place that a student can reach."""
    outputs = (
        *({"output_type": "display_data", "data": data, "metadata": {}} for data in BUNDLES),
        *(
            {"output_type": "execute_result", "data": data, "metadata": {"isolated": True},
             "execution_count": "<script>"}
            for data in BUNDLES
        ),
        *({"output_type": "stream", "name": "<x>", "text": text} for text in MARKDOWN),
        {"output_type": "error", "ename": MARKUP[0], "evalue": MARKUP[2], "traceback": MARKDOWN},
        {"output_type": "<script>", "data": MARKUP},
    )  # fmt: skip
    everything = "\n\n".join(MARKDOWN)
    return reports(
        doubling=(Verdict.FAILED,),
        essay=everything,
        message="\n".join(MARKUP),
        answers={"double": everything},
        outputs=outputs,
        added=[
            ExecutedCell(f'"><script>{number}', kind, text, outputs[:1] if kind == "code" else ())
            for number, (kind, text) in enumerate(
                (kind, text) for kind in ("code", "markdown", "raw") for text in MARKDOWN
            )
        ],
        repairs=tuple(Repair("x", "", text) for text in MARKDOWN),
        limits_hit=tuple(MARKUP),
    )


def harmless(reports):
    return reports(doubling=(Verdict.FAILED,), limits_hit=("A limit.",))


@pytest.fixture
def render(layout, manifest):
    """Render a notebook as nbgrader does: formgrader's page and the feedback page."""

    def pages(report) -> Iterable[BeautifulSoup]:
        text = AutogradedNotebook(manifest).text(report)
        notebook = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:  # what nbgrader's GetGrades adds for the feedback page
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.metadata.nbgrader["score"] = 1.0
        for template in ("formgrade", "feedback"):
            config = Config()
            configure(config, layout)
            config.HTMLExporter.template_name = template
            config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
            css = Path(handlers.static_path) / "node_modules" / "bootstrap" / "dist" / "css"
            config.HTMLExporter.extra_template_paths = [str(css)]
            config.Exporter.default_preprocessors = []
            names = {"notebook": "n", "score": 1, "max_score": 2, "late_penalty": 0}
            resources = {"nbgrader": names, **FORMGRADER}
            exporter = FeedbackExporter if template == "feedback" else HTMLExporter
            html, _ = exporter(config=config).from_notebook_node(notebook, resources)
            yield BeautifulSoup(html, "html.parser")

    return pages


def active(page: BeautifulSoup) -> Counter:
    """Everything in a page that acts: scripts, frames, handlers, addresses, ids that can clash."""
    found: Counter = Counter()
    for tag in page.find_all(True):
        drawn = tag.name == "math" and "alttext" in tag.attrs  # by us, of a formula
        if tag.name in FORBIDDEN_TAGS and not drawn:
            found[tag.name, tag.get("src", ""), tag.get("id", ""), (tag.string or "")[:200]] += 1
        for name, value in tag.attrs.items():
            shown = "".join(str(value).split()).lower()
            if name.startswith("on") or name in ("style", "formaction", "srcdoc", "action"):
                found[name, value if isinstance(value, str) else str(value)] += 1
            elif (
                name in ("href", "src")
                and not re.match(
                    r"(#|https?://|data:image/(png|jpeg);base64,[A-Za-z0-9+/=]*$)", shown
                )
            ) or (name == "src" and shown.startswith("http")):
                found[name, shown[:200]] += 1
            elif name in ("id", "name") and not str(value).startswith("cell-id="):
                found[name, value] += 1
    return found


def test_pages_of_a_hostile_submission_act_like_those_of_a_harmless_one(render, reports):
    """Formgrader's and the feedback page gain no script, handler, frame, form, address or id."""
    for bad, good in zip(render(hostile(reports)), render(harmless(reports)), strict=True):
        assert active(bad) - active(good) == Counter()
        assert "alert(1)" in bad.get_text()  # shown to the reader, not hidden


def test_nbconverts_own_cleaning_leaves_ours_alone(render, reports):
    """The second line of defence does not spoil verdicts or a student's table with stray markup."""
    table = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    output = {"output_type": "display_data", "data": {"text/html": table}, "metadata": {}}
    for page in render(reports(outputs=(output,))):
        assert "<" not in "".join(area.get_text() for area in page.select(".output_html"))


def test_no_output_can_look_like_a_verdict(render, reports):
    """Only our own verdicts have the coloured box: a student's HTML keeps no class."""
    forged = {
        "output_type": "display_data",
        "data": {"text/html": '<div class="alert alert-success">Checks: 3 of 3 points</div>'},
        "metadata": {},
    }
    for page in render(reports(doubling=(Verdict.FAILED,), outputs=(forged,))):
        boxes = [box.get_text() for box in page.select(".alert")]
        assert len(boxes) == 2
        assert boxes[0].startswith("Checks: 0 of 3 points")
        assert "Checks: 3 of 3 points" in page.get_text()


def test_mathematics_loads_with_its_safe_extension(render, reports):
    """MathJax, which renders formulas in formgrader, has its extension that blocks links."""
    formgrader, feedback = render(harmless(reports))
    sources = [tag.get("src", "") for tag in formgrader.find_all("script")]
    assert any("mathjax" in source.lower() and "Safe" in source for source in sources)
    assert feedback.find_all("script") == []


def test_pages_of_every_payload_can_be_rendered(render, reports):
    """A notebook that makes nbconvert fail would hide a submission from its reader."""
    for text in MARKDOWN:
        assert list(render(reports(essay=text, answers={"double": text})))


@pytest.mark.parametrize(
    "text",
    [
        "The norm is $\\|g\\|_2 \\le \\theta$, so **clip**.\n\n- one\n- `g *= 0.5`",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "# Title\n\n1. `x[0]` and 3 < 4 > 2\n\n> quote",
        "$$\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}$$",
    ],
)
def test_ordinary_essays_look_the_same(text):
    """Headings, lists, tables, code and formulas of an honest essay are not changed."""
    assert safe_text.markdown(text) == text


def test_tables_keep_their_rows():
    """HTML of a data frame keeps rows, cells and text; looks and ids go."""
    frame = (
        '<div><style scoped>.x{}</style><table border="1" class="dataframe"><thead><tr><th>a</th>'
        "<th>b</th></tr></thead><tbody><tr><td>1</td><td>&lt;2</td></tr></tbody></table></div>"
    )
    page = BeautifulSoup(safe_text.html(frame), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all("span")] for row in page.find_all("div")]
    assert rows[2:] == [["a", "b"], ["1", "<2"]]
    assert all(not tag.attrs for tag in page.find_all(True))


def test_colours_of_tracebacks_stay_and_nothing_else_of_a_terminal():
    """Colour codes survive where asked for; titles, cursor moves and bells do not."""
    text = "\x1b[0;31mred\x1b[0m \x1b]0;title\x07\x1b[2J\x1b[1;1H\x9b31m\x07\x08end\r\nline\rover"
    kept = safe_text.plain_text(text, colours=True)
    assert kept.startswith("\x1b[0;31mred\x1b[0m ")
    assert "\x1b" not in safe_text.plain_text(text)
    for shown in (kept, safe_text.plain_text(text)):
        assert "title" not in shown
        assert not re.search("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]", shown)
        assert shown.endswith("end\nline\nover")


@given(st.text(st.sampled_from("<>ab/!?[](): \\$`*#\n\"'&;jx\x1b\u202e") | st.characters()))
def test_markdown_never_renders_a_link_image_or_raw_element(text):
    """Whatever is combined, nbconvert's renderer makes none of what `markdown` takes apart."""
    source = safe_text.markdown(text)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    page = BeautifulSoup(MarkdownWithMath(renderer=renderer).render(source), "html.parser")
    assert not page.find_all(["script", "img", "iframe", "svg", "j", "x", "jx"])
    for link in page.find_all("a"):
        assert link["href"].startswith(("http://", "https://"))


@given(st.text())
def test_plain_text_is_harmless_and_stable(text):
    """Cleaning twice changes nothing, and the result can be stored as UTF-8."""
    once = safe_text.plain_text(text)
    assert safe_text.plain_text(once) == once
    once.encode()
    colours = safe_text.plain_text(text, colours=True)
    assert "\x1b" not in re.sub(r"\x1b\[[0-9;]{0,40}m", "", colours)


def test_large_html_is_left_out_quickly():
    """HTML that would take long to clean is left out; the plain text remains."""
    deep = "<div>" * 50_000
    assert safe_text.html(deep) is None
    shown = safe_text.outputs(
        [{"output_type": "display_data", "data": {"text/html": deep, "text/plain": "p"}}]
    )
    assert shown[0]["data"] == {"text/plain": "p"}


@pytest.mark.parametrize(
    ("piece", "limit"),
    [
        ("<div>", None), ("<ul><li>", None), ("<tr>x", None), ("<b><i>", None), ("<pre>\n", None),
        ("<b><p></b></p>", 30), ("<li><ul></li>", None), ("<p>x</p>", 30), ("<br>", 30),
    ],
)  # fmt: skip
def test_html_is_cleaned_in_the_time_of_its_length(piece: str, limit: int | None) -> None:
    """Deep nesting, which takes the square, is left out; what closes its elements is shown."""
    text = piece * (safe_text.MAX_HTML_CHARACTERS // len(piece))
    begin = time.process_time()
    cleaned = safe_text.html(text)
    assert time.process_time() - begin < (limit or 1)
    assert (cleaned is None) == (limit is None)


def test_a_text_with_colours_without_number_is_shown_without() -> None:
    """Nbconvert takes the square of them."""
    few, many = ("\x1b[31mx\x1b[0m" * count for count in (5, safe_text.MAX_COLOURS))
    assert safe_text.plain_text(few, colours=True) == few
    assert safe_text.plain_text(many, colours=True) == "x" * safe_text.MAX_COLOURS


def picture(kind: str, width: int, height: int) -> str:
    """Return the beginning of a picture, in base64."""
    if kind == "image/png":
        size = struct.pack(">II", width, height)
        return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size).decode()
    size = struct.pack(">HH", height, width)
    comment = b"\xff\xfe\x00\x06\xff\xc0\x00\x00"  # looks like a frame and is none
    frame = b"\xff\xff\xc2\x00\x11\x08" + size + b"\x03"
    return base64.b64encode(b"\xff\xd8" + comment + frame).decode()


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(640, 480, True), (5_000, 5_000, True), (5_000, 5_001, False), (60_000, 60_000, False),
     (0, 10, False)],
)  # fmt: skip
def test_pictures_that_are_too_large_for_a_browser_are_left_out(
    kind: str, width: int, height: int, shown: bool
) -> None:
    """By what they say of themselves: a small file can be gigabytes once it is unpacked."""
    data = {kind: picture(kind, width, height), "text/plain": "a figure"}
    (output,) = safe_text.outputs([{"output_type": "display_data", "data": data}])
    assert (kind in output["data"]) is shown
    assert output["data"]["text/plain"] == "a figure"


@pytest.mark.parametrize(
    "text",
    [
        r"$\href{javascript:x}{y}$",
        r"$&bsol;href{javascript:x}{y}$",
        r"$&#92;href{javascript:x}{y}$",
        r"$\&#104;ref{javascript:x}{y}$",
        r"$&amp;bsol;href{javascript:x}{y}$",
        r"$\hr<!-- -->ef{javascript:x}{y}$",
        r"$\hr<x>ef{javascript:x}{y}$",
    ],
)
def test_tex_makes_no_link_however_it_is_spelt(text: str) -> None:
    """What a browser reads in a cleaned text, its entities resolved, is no command that acts."""
    for cleaned in (safe_text.html(text), safe_text.markdown(text)):
        assert r"\href" not in html.unescape(cleaned or "")


def test_less_and_more_stay_readable_in_html_output() -> None:
    """Entities that are text stay text."""
    assert safe_text.html("<b>a &lt;b&gt; c &amp; d</b>") == "<b>a &lt;b&gt; c &amp; d</b>"


@pytest.mark.parametrize(
    "text",
    [
        "a<kept", "<math><mi>kept</mi></math>", "<svg><text>kept</text></svg>", "<textarea>kept",
        "<noscript><b>kept</noscript>", "<plaintext>kept", "<select><option>kept", "<p>kept</svg>",
        "<frameset>kept", "<table>kept<tr>kept", "<math>" * 150 + "kept", "<style>kept",
        "<MATH x='1'\n>kept", "<template>kept", "<object>kept</object>", "<![CDATA[kept]]>kept",
    ],
)  # fmt: skip
def test_the_text_of_html_is_kept(text: str) -> None:
    """Whatever elements it stands in, which a browser might not show."""
    cleaned = safe_text.html(text)
    assert cleaned is not None
    assert "kept" in cleaned


@given(st.lists(st.sampled_from([
    "<", ">", "</", "/>", "svg", "math", "mi", "b", "div", "style", "script", "table", "td", "p",
    " onload=x", " href='javascript:x'", "'", '"', "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "a",
    "title", "textarea", "template", "foreignObject", "annotation-xml", " encoding='text/html'",
]), max_size=30))  # fmt: skip
def test_no_arrangement_of_tags_leaves_anything_but_plain_elements(pieces: list[str]) -> None:
    """Also where taking something out puts together what stood around it."""
    cleaned = safe_text.html("".join(pieces))
    assert cleaned is not None
    tags = re.findall(r"<[^>]*>?", cleaned)
    assert {tag.strip("</>") for tag in tags} <= safe_text.HTML_TAGS
