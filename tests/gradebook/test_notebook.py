"""The autograded notebook: valid for nbformat and nbgrader, complete, and saying what was found."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum

from autograder.course import release_notebook
from autograder.gradebook.notebook import AutogradedNotebook, is_unanswered
from autograder.grading.pictures import shown
from autograder.grading.report import ExecutedCell, Repair, Verdict

MOMENT = datetime(2026, 5, 4, 12, 30, 15, 250, tzinfo=UTC)
PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
OUTPUTS = (
    {"output_type": "stream", "name": "stdout", "text": "one\ntwo\u2028three\x0cfour"},
    {
        "output_type": "execute_result",
        "data": {"text/plain": "4\n5", "text/html": "<table><tr><th>a</th></tr></table>"},
        "metadata": {},
        "execution_count": 3,
    },
    {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "no — ünïcode \U0001f600",
        "traceback": ["\x1b[31mred\x1b[0m", 'quote " and \\'],
    },
    {
        "output_type": "display_data",
        "data": {"image/png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAAA="},
        "metadata": {},
    },
)


@pytest.fixture
def rich(reports):
    """A report with every kind of output, an added cell and a repair."""
    return reports(
        doubling=(PASSED, FAILED),
        outputs=OUTPUTS,
        added=[ExecutedCell("mine", "code", "1 + 1\n", OUTPUTS[:1], 9)],
        message='expected shape (2, 3), got <class "str">\nsecond line',
        repairs=(Repair("x", "double", "Cell 'double' was found twice; the first one counts."),),
        limits_hit=("Cell 'double' ran longer than 30 s.",),
    )


def read(text: str):
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    return notebook


def test_text_is_that_of_nbformat(manifest, rich):
    """The quick text equals what nbformat writes after reading it, byte for byte."""
    text = AutogradedNotebook(manifest).text(rich)
    assert nbformat.writes(read(text)) + "\n" == text


def test_students_share_only_what_is_equal(manifest, rich, reports):
    """Each of many notebooks is what it would be alone, in the form of nbformat."""
    shared = AutogradedNotebook(manifest)
    differing = [
        reports(),
        rich,
        reports(doubling=(PASSED, FAILED), message="another message"),
        reports(doubling=(FAILED, PASSED), message="another message"),
        reports(answers={"double": "# mine"}, essay="Mine."),
        reports(outputs=OUTPUTS[:2]),
        reports.refused("The file is empty."),
        replace(rich, notebook=rich.notebook[:2]),  # the others come from the release
    ]
    texts = [shared.text(report) for report in differing]
    assert len(set(texts)) == len(texts)
    for report, text in zip(differing, texts, strict=True):
        assert text == AutogradedNotebook(manifest).text(report)
        assert text == nbformat.writes(read(text)) + "\n"
        shown = {cell.id: cell for cell in read(text).cells}
        for result in report.cells:
            if not result.manual:
                said = shown[result.grade_id].outputs[-1].data["text/plain"]
                lines = [line for check in result.checks for line in check.message.splitlines()]
                assert all(f"      {line}" in said for line in lines)
                assert said.count("passed") == sum(c.verdict is PASSED for c in result.checks)


def test_locked_cells_are_the_releases(manifest, rich):
    """Each cell of the manifest has the release's metadata; locked ones its text and checksum."""
    forged = replace(
        rich,
        notebook=tuple(
            replace(cell, source="points = 100") if cell.cell_id == "doubling" else cell
            for cell in rich.notebook
        ),
    )
    made = read(AutogradedNotebook(manifest).text(forged))
    cells = {cell.id: cell for cell in made.cells}
    for released in nbformat.from_dict(release_notebook(manifest)).cells:
        assert cells[released.id].metadata == released.metadata
        if released.metadata.nbgrader.locked:
            assert cells[released.id].source == released.source
            assert compute_checksum(cells[released.id]) == released.metadata.nbgrader.checksum


def test_added_cells_stand_in_place_without_points(manifest, reports):
    """A cell that the student added is shown where it ran; one with a taken id is renamed."""
    report = reports()
    twin = ExecutedCell("doubling", "code", "assert True", (), 5)
    notebook = (*report.notebook[:2], twin, twin, *report.notebook[2:])
    made = read(AutogradedNotebook(manifest).text(replace(report, notebook=notebook)))
    ids = [cell.id for cell in made.cells]
    assert len(set(ids)) == len(ids)
    graded = [cell for cell in made.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert sorted(cell.id for cell in graded) == ["doubling", "halving", "why"]
    assert made.cells[ids.index("doubling")].source == manifest.cell("doubling").source


def test_verdicts_are_under_their_cell(manifest, rich):
    """Points, verdict, message and hint are the last output of the graded cell, also as text."""
    made = read(AutogradedNotebook(manifest).text(rich))
    shown = next(cell for cell in made.cells if cell.id == "doubling").outputs[-1].data
    for text in (shown["text/plain"], shown["text/html"]):
        assert "1.5 of 3 points" in text
        assert "✔ passed" in text
        assert "✘ failed" in text
        assert "Hint: Look again." in text
        assert "secret" not in text
    assert '<class "str">' in shown["text/plain"]
    assert "&lt;class" in shown["text/html"]
    assert shown["text/plain"].count("Look again.") == 1  # not under the check that passed


def test_notes_name_repairs_and_limits(manifest, rich, reports):
    """What was mended or exceeded is said at the top; without any there is no such cell."""
    first = read(AutogradedNotebook(manifest).text(rich)).cells[0]
    assert "found twice" in first.source
    assert "longer than 30 s" in first.source
    plain = read(AutogradedNotebook(manifest).text(reports()))
    assert plain.cells[0].id == manifest.cells[0].cell_id


def test_refused_submission_shows_release_and_reason(manifest, reports):
    """The notebook of a refused submission is the release with the reason at the top."""
    report = reports.refused("The file is not a notebook: its JSON is damaged at line 3.")
    made = read(AutogradedNotebook(manifest).text(report))
    assert "damaged at line 3" in made.cells[0].source
    assert [cell.id for cell in made.cells[1:]] == [cell.cell_id for cell in manifest.cells]
    assert [cell.source for cell in made.cells[1:]] == [cell.source for cell in manifest.cells]
    assert "0 of 3 points" in made.cells[3].outputs[-1].data["text/plain"]


def test_same_report_same_bytes(writer, manifest, rich, autograded):
    """Writing again gives the same file: no clock and no random cell id is in it."""
    writer.write("ada", manifest, rich, MOMENT)
    first = autograded().read_bytes()
    writer.write("ada", manifest, rich, MOMENT)
    assert autograded().read_bytes() == first


def test_folder_has_what_nbgrader_needs_and_nothing_else(
    writer, layout, manifest, reports, autograded
):
    """Public files, nbgrader's timestamp and secret, read-only; stale files and links are gone."""
    submitted = layout.submitted / "ada" / "doubling"
    submitted.mkdir(parents=True)
    (submitted / "submission_secret.txt").write_text("s3cret")
    (submitted / "evil.html").write_text("<script>alert(1)</script>")
    folder = autograded().parent
    folder.mkdir(parents=True)
    (folder / "stale.html").write_text("old")
    (folder / "link").symlink_to(layout.root)
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text("old")
    (folder / "words.txt").symlink_to(layout.root / "solutions")
    writer.write("ada", manifest, reports(), MOMENT)
    assert {path.name for path in folder.iterdir()} == {
        "doubling.ipynb", "words.txt", "timestamp.txt", "submission_secret.txt",
    }  # fmt: skip
    assert (folder / "words.txt").read_text() == "two\nfour\n"
    assert (folder / "timestamp.txt").read_text() == "2026-05-04 12:30:15.000250 UTC"
    assert (folder / "submission_secret.txt").read_text() == "s3cret"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    assert (layout.root / "solutions").is_dir()


def test_secret_is_made_once_when_missing(writer, layout, manifest, reports, autograded):
    """A submission without a secret, or with a link for one, gets a random one that stays."""
    submitted = layout.submitted / "ada" / "doubling"
    submitted.mkdir(parents=True)
    (submitted / "submission_secret.txt").symlink_to(layout.root / "solutions/doubling/notebook.py")
    writer.write("ada", manifest, reports(), MOMENT)
    secret = autograded(name="submission_secret.txt").read_text()
    assert len(secret) == 128
    writer.write("ada", manifest, reports(key="second"), None)
    assert autograded(name="submission_secret.txt").read_text() == secret
    assert autograded(name="timestamp.txt").read_text().startswith("2026-05-04")


def test_public_files_are_whole_and_read_only_whatever_was_there(
    layout, writer, reports, manifest, autograded
):
    """A file that a killed program left half written is in nobody's way, nor is a strict umask."""
    source = manifest.files["words.txt"]
    nested = replace(manifest, files={"data/words.txt": source})
    half = layout.autograded / "ada" / "doubling" / "data" / ".words.txt.partial"
    half.parent.mkdir(parents=True)
    half.write_text("ha")
    half.chmod(stat.S_IRUSR)
    before = os.umask(0o077)
    try:
        writer.write("ada", nested, reports(), MOMENT)
    finally:
        os.umask(before)
    (made,) = half.parent.iterdir()
    assert made.read_bytes() == source.read_bytes()
    for file in (made, autograded()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o444


def test_a_cell_that_many_share_has_each_students_own_verdict_and_count(manifest, reports):
    """What was written for one student does not show up in another's notebook."""
    maker = AutogradedNotebook(manifest)
    made = [reports(doubling=(verdict,), message=f"{verdict}!") for verdict in (PASSED, FAILED)]
    later = tuple(
        replace(cell, execution_count=cell.execution_count and cell.execution_count + 7)
        for cell in made[0].notebook
    )
    made.append(replace(made[0], notebook=later))
    made.append(reports(outputs=OUTPUTS))
    shared = [maker.text(report) for report in made * 2]
    assert shared == [AutogradedNotebook(manifest).text(report) for report in made * 2]
    assert len(set(shared)) == len(made)


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAAA="
HUGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\xff" * 8).decode()


def test_a_picture_in_an_essay_is_shown_where_it_was_pasted(manifest, reports):
    """Text and picture are in the notebook and on the page; no other image is, nor a huge one."""
    name, other, huge = (f"picture-{digit * 16}.png" for digit in "abc")
    report = reports(
        essay=f"Look: ![plot](attachment:{name}) ![x](http://x/y.png) ![z](attachment:zzz)."
    )
    pictures = shown({name: PNG, other: PNG, huge: HUGE})
    cells = tuple(
        replace(cell, outputs=pictures) if cell.cell_type == "markdown" and "Look" in cell.source
        else cell
        for cell in report.notebook
    )  # fmt: skip
    text = AutogradedNotebook(manifest).text(replace(report, notebook=cells))
    notebook = read(text)
    assert nbformat.writes(notebook) + "\n" == text
    (essay,) = (cell for cell in notebook.cells if "Look" in cell.source)
    assert essay.source == (
        f"Look: ![picture](attachment:{name}) ![x] (http://x/y.png) ![z] (attachment:zzz).\n\n"
        f"![picture](attachment:{other})"
    )
    assert sorted(essay.attachments) == [name, other]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert page.count(f'src="data:image/png;base64,{PNG}"') == 2
    untouched = next(cell for cell in manifest.essays)
    made = ExecutedCell(untouched.cell_id, "markdown", untouched.source, pictures)
    assert not is_unanswered(untouched, replace(report, notebook=(made,)))
