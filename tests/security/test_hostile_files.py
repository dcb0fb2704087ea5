"""Hostile files in the submitted folder, graded as one batch into a real gradebook.

What a student can put there: anything that the file system and the exchange let through. Each must
end in a fair grade or in a refusal for that student alone.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import zipfile
import zlib
from html.parser import HTMLParser

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.cli._console import print_report
from autograder.cli.grade import summary
from autograder.course import Layout, build_source, notebook_bytes, submission_notebook
from autograder.course.notebooks import release_notebook
from autograder.gradebook import GradebookWriter
from autograder.gradebook.collected import submissions
from autograder.gradebook.nbgrader.configuration import configure

from ..service.inside import batch_order, run_order

UNCLOSED = "pytest.PytestUnraisableExceptionWarning"
pytestmark = [  # of nbgrader's own code, as in its own tests
    pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Object of type .* not in session"),
    pytest.mark.filterwarnings(f"ignore:Exception ignored in. <_io.FileIO .*/feedback/:{UNCLOSED}"),
]
NAME = "recurrent"
PAGE = '<img src=x onerror="alert(1)"><script>alert(2)</script>[x](javascript:alert(3))'


ACTS = (  # MARK stands in what must not become part of the page
    r"$\href{javascript:alert('MARK')}{x}$ $$\style{position:fixed}{MARK}$$ $\require{MARK}$",
    r"$&bsol;href{javascript:MARK}{x}$ $&amp;bsol;href{javascript:MARK}{x}$",
    r"$\hr<!-- -->ef{MARK}{x}$ &#36;\&#104;ref{javascript:MARK}{x}&#36;",
    r"$\hr<x>ef{javascript:MARK}{x}$ $\hr<b></b>ef{MARK}$",
    "<style>body{display:none}MARK</style><link rel=stylesheet href='https://MARK/'>",
    "<svg onload=alert('MARK')><a xlink:href='javascript:MARK'>s</a></svg>",
    "[d](data:text/html,MARK) ![i](https://MARK/i.png) <iframe src='//MARK'></iframe>",
    "<div style='position:fixed' class='MARK' id='MARK'>Score: 8/8</div><form action='//MARK'>",
    "<math><mtext><table><mglyph><style><img src=MARK onerror=alert(1)>",
)


class Acting(HTMLParser):
    """Finds what a browser would run, load or obey."""

    def __init__(self):
        super().__init__()
        self.found = []
        self._plain = 0

    def handle_starttag(self, tag, attrs):
        """Note elements and attributes that hold the mark."""
        self._plain += tag in ("pre", "code")
        self.found += [
            (tag, name, value)
            for name, value in attrs
            if "MARK" in (value or "")
            # an address that is written out becomes a link to itself
            and not ((tag, name) == ("a", "href") and value.startswith("https://"))
            and (tag, name)
            != ("math", "alttext")  # what a formula was written as, to be read aloud
        ]

    def handle_endtag(self, tag):
        """Leave code."""
        self._plain -= tag in ("pre", "code")

    def handle_data(self, data):
        """Note styles and scripts with the mark, and TeX that acts, which code is not read for."""
        if self.lasttag in ("style", "script") and "MARK" in data:
            self.found.append((self.lasttag, data))
        if not self._plain and re.search(r"\\(?:href|style|require|class|cssId)\b", data):
            self.found.append(("tex", data[:100]))


def honest(manifest):
    """The honest neighbour's notebook."""
    cells = {"bptt_answer", "clip_answer"}
    lines = {c.cell_id: c.solution.split("\n") for c in manifest.cells if c.cell_id in cells}
    answers = {k: "\n".join(t for t in v if "### " not in t) for k, v in lines.items()}
    return notebook_bytes(submission_notebook(manifest, answers))


def changed(manifest, change):
    """The release with something done to its JSON."""
    made = release_notebook(manifest)
    return json.dumps(change(made) or made).encode()


def bomb():
    """A zip file of a few kilobytes that unpacks to 100 MB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("recurrent.ipynb", b" " * 100_000_000)
        archive.writestr("../../../etc/passwd", "root::0:0:::")
    return stream.getvalue()


def deep(kind):
    """JSON nested beyond any recursion limit."""
    return (b"[" if kind == "list" else b'{"cells":') * 200_000


def wrong_answers(manifest):
    """The instructor's cells twice under one id: an honest text first, a theft of the id second."""
    made = json.loads(honest(manifest))
    locked = [cell for cell in made["cells"] if cell["id"] == "gradient_clipping"]
    stolen = {**locked[0], "source": "print('full marks')"}
    homoglyph = {**locked[0], "id": "gradient_clipp\u0456ng", "source": "1/0"}  # a Cyrillic letter
    homoglyph["metadata"] = {"nbgrader": {"grade_id": "gradient_clipp\u0456ng", "points": 1000}}
    made["cells"] += [stolen, homoglyph, dict(stolen)]
    return json.dumps(made).encode()


def duplicate_keys(manifest):
    """Two lists of cells in one object: readers differ in which one they take."""
    return b'{"cells": [], "metadata": {"cells": 1}, ' + honest(manifest).lstrip()[1:]


UNUSABLE_NAMES = ("a,b", "new\nline", "e\u0301", "[red]x", "\u202egnp.exe")
STRANGE_NAMES = ("=HYPERLINK('x')", "-rf", "\xe9", *UNUSABLE_NAMES)
FILES = {  # student -> (what is in the notebook's place, points, or None when it is refused)
    "zip-bomb": (lambda m: bomb(), None),
    "zlib-bomb": (lambda m: zlib.compress(b"\0" * 50_000_000), None),
    "deep-list": (lambda m: deep("list"), None),
    "deep-object": (lambda m: deep("object"), None),
    "empty": (lambda m: b"", None),
    "nul": (lambda m: b"\0" * 5_000_000, None),
    "not-utf8": (lambda m: b"\xff\xfe\xfa" * 1000, None),
    "number": (lambda m: b"1" * 100_000, None),
    "huge-exponent": (lambda m: b'{"cells": 1e999999999}', None),
    "no-cells": (lambda m: changed(m, lambda n: n.pop("cells") and None), None),
    "cells-of-cells": (lambda m: changed(m, lambda n: {**n, "cells": [[n["cells"]]]}), None),
    "million-cells": (lambda m: b'{"cells": [' + b"0," * 1_000_000 + b"0]}", None),
    "nan": (lambda m: honest(m).replace(b'"nbformat": 4', b'"nbformat": NaN'), 6.0),
    "infinite-points": (lambda m: honest(m).replace(b'"points": 3', b'"points": 1e999'), 6.0),
    "more-points": (lambda m: honest(m).replace(b'"points": 3', b'"points": 3000'), 6.0),
    "untouched-with-points": (
        lambda m: changed(
            m, lambda n: [c["metadata"].update(score=99) for c in n["cells"]] and None
        ),
        0.0,
    ),
    "duplicate-ids": (wrong_answers, 6.0),
    "duplicate-keys": (duplicate_keys, 6.0),
    "surrogates": (
        lambda m: honest(m).replace(b"Return the gradient", b"\\ud800\\u202e gradient"),
        6.0,
    ),
}


@pytest.fixture(scope="module")
def course(layout, tmp_path_factory):
    """The course of the attacks with a data directory of its own."""
    return Layout(layout.root, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def batch(course, preparer, grader, canaries):
    """Everything submitted and graded once; returns the summary by student."""
    manifest = preparer.manifest(NAME)

    def place(student):
        folder = course.submitted / student / NAME
        folder.mkdir(parents=True)
        return folder / f"{NAME}.ipynb"

    for student in ("aaa-honest", "zzz-honest"):
        place(student).write_bytes(honest(manifest))
    for student, (make, _points) in FILES.items():
        place(student).write_bytes(make(manifest))
    secret = course.home / "secret.ipynb"
    secret.write_text(canaries.plant("file of the grader"))
    place("link").symlink_to(secret)
    place("link-to-etc").symlink_to("/etc/passwd")
    place("link-to-itself").symlink_to("recurrent.ipynb")
    place("link-to-device").symlink_to("/dev/zero")
    place("folder").mkdir()
    os.mkfifo(place("fifo"))
    (course.submitted / "link-out").mkdir()
    (course.submitted / "link-out" / NAME).symlink_to(course.home)
    shadows = place("shadows")
    shadows.write_bytes(honest(manifest))
    for name in ("torch.py", "random.py", "conftest.py", "sitecustomize.py", "pytest.ini"):
        (shadows.parent / name).write_text("raise SystemExit")
    for name in STRANGE_NAMES:
        place(name).write_bytes(honest(manifest))
    made = submission_notebook(manifest, {"clip_by_entry": PAGE})
    source = f"from IPython.display import HTML, display\ndisplay(HTML({PAGE!r}))\nprint({PAGE!r})"
    made["cells"].append(
        {"cell_type": "code", "id": "added", "metadata": {}, "source": source, "outputs": []}
    )
    place("page").write_bytes(notebook_bytes(made))
    made = submission_notebook(manifest, {"clip_by_entry": "\n\n".join(ACTS)})
    source = (
        "from IPython.display import HTML, SVG, Latex, Markdown, display\n"
        f"for text in {ACTS!r}:\n"
        "    display(HTML(text), Latex(text), Markdown(text))\n"
        "    display({'image/svg+xml': text, 'text/html': text}, raw=True)\n"
    )
    made["cells"].append(
        {"cell_type": "code", "id": "added", "metadata": {}, "source": source, "outputs": []}
    )
    place("acts").write_bytes(notebook_bytes(made))
    ran = run_order(
        batch_order(course, NAME),
        lambda _preparer, prepared, known: grader.run(prepared, known),
        course,
        isolation=preparer.isolation,
    )
    assert ran.faults == []
    results = {student: answer.result for student, answer in ran.answers.items()}
    found = {row["student"]: row for row in summary(NAME, results, len(results))["students"]}
    with GradebookWriter(course) as writer:
        collected = submissions(course, NAME, writer.deadlines(NAME))
    return found | {one.student_id: {"unusable": one.unusable} for one in collected if one.unusable}


def test_honest_neighbours_before_and_after(batch):
    """The first and the last of the batch get full marks."""
    for student in ("aaa-honest", "zzz-honest"):
        assert (batch[student]["points"], batch[student]["repairs"]) == (6.0, 0)


@pytest.mark.parametrize("student", FILES)
def test_file_gets_a_fair_grade_or_a_refusal(batch, student):
    """What cannot be read is refused with a reason; what can be read earns what its answers do."""
    expected = FILES[student][1]
    assert bool(batch[student]["refusal"]) == (expected is None)
    assert batch[student]["points"] == (expected or 0.0)
    assert batch[student]["max_points"] == 8.0


@pytest.mark.parametrize(
    "student",
    ["link", "link-to-etc", "link-to-itself", "link-to-device", "folder", "fifo", "link-out"],
)
def test_what_is_no_file_is_refused(batch, student):
    """No link is followed, and nothing is waited for."""
    assert batch[student]["refusal"]
    assert batch[student]["points"] == 0


def test_shadowing_files_change_nothing(batch):
    """Modules beside the notebook are not even copied to where it runs."""
    assert batch["shadows"]["points"] == 6.0


def test_names_are_keys_or_are_named_as_unusable(batch, course):
    """Names that escape, hide or collide are told to staff; all others are graded as they are."""
    unusable = {name for name, row in batch.items() if row.get("unusable")}
    assert unusable == set(UNUSABLE_NAMES)
    assert batch["\xe9"]["points"] == batch["=HYPERLINK('x')"]["points"] == 6.0
    assert {path.name for path in course.autograded.iterdir()} == set(batch) - unusable


def test_gradebook_has_the_points_of_the_reports(batch, course):
    """The database holds what the reports say, for everybody."""
    with sqlite3.connect(course.database_url.removeprefix("sqlite:///")) as database:
        rows = database.execute(
            "SELECT submitted_assignment.student_id, SUM(grade.auto_score) FROM grade "
            "JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
            "JOIN submitted_assignment "
            "ON submitted_notebook.assignment_id = submitted_assignment.id "
            "GROUP BY submitted_assignment.student_id"
        ).fetchall()
    database.close()
    assert {name: points or 0.0 for name, points in rows} == {
        name: row["points"] for name, row in batch.items() if not row.get("unusable")
    }


def test_nothing_of_the_grader_is_in_what_people_get(batch, course, canaries):
    """No secret in reports, autograded notebooks and the journal."""
    files = [*course.graded.rglob("*"), *course.autograded.rglob("*"), course.log]
    read = [path.read_bytes() for path in files if path.is_file()]
    assert len(read) > 2 * len(FILES)
    assert [canaries.found_in(data) for data in read if canaries.found_in(data)] == []


def test_feedback_page_runs_nothing(batch, course, canaries, monkeypatch):
    """Nbgrader's own feedback of a hostile page has no script, handler or script link of it."""
    config = Config()
    configure(config, course)
    monkeypatch.chdir(course.home)
    build_source(course)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    answer = api.generate_feedback(NAME, "page")
    assert answer["success"], answer
    page = (course.feedback / "page" / NAME / f"{NAME}.html").read_text()
    assert "alert(2)" in page
    for act in ("<script>alert", "onerror=", 'href="javascript', "<img src=x"):
        unquoted = page.replace("&lt;script&gt;alert", "")
        assert act not in unquoted or f"&lt;img src=x {act}" in unquoted, act
    assert canaries.found_in(page.encode()) == []


def test_feedback_page_has_nothing_that_acts(batch, course, monkeypatch):
    """No element, attribute, style, script, address or TeX command of a submission's is left."""
    config = Config()
    configure(config, course)
    monkeypatch.chdir(course.home)
    build_source(course)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    answer = api.generate_feedback(NAME, "acts")
    assert answer["success"], answer
    page = (course.feedback / "acts" / NAME / f"{NAME}.html").read_text()
    assert page.count("MARK") > len(ACTS)  # the text is there
    reader = Acting()
    reader.feed(page)
    assert reader.found == []


def test_formulas_are_quoted_in_the_export(batch, course, monkeypatch):
    """A student called like a formula is text in the exported file."""
    from nbgrader.apps import ExportApp

    config = Config()
    configure(config, course)
    monkeypatch.chdir(course.home)
    app = ExportApp(config=config)
    app.coursedir = CourseDirectory(config=config, parent=app)
    monkeypatch.setattr(type(app).__mro__[1], "start", lambda self: None)
    app.start()
    with (course.home / "grades.csv").open(newline="") as file:
        ids = [row["student_id"] for row in csv.DictReader(file)]
    assert "'=HYPERLINK('x')" in ids
    assert not [name for name in ids if name[0] in "=+-@"]


def test_terminal_gets_no_escapes(judge, capsys):
    """`gradlab score` of a hostile exception prints no escape, control or direction character."""
    manifest = judge.preparer.manifest(NAME)
    attack = next(a for a in judge.attacks if a.name == "61_unterminated_markup")
    report = judge.grade(NAME, notebook_bytes(attack.notebook(manifest, {})))
    print_report(report.to_json())
    text = capsys.readouterr().out
    assert "PAYLOAD" in text
    assert not [char for char in text if char in "\x1b\x07\x9b\r\u202e"]
    assert "<script>" not in text
