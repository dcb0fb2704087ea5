"""The attacks as data: one file each under `attacks/`, read by the tests and by the benchmark.

An attack file is a TOML docstring, then cells in py:percent. The docstring says:

- `entries`: numbers in the catalogue of `docs/reference/attacks.md`; from 48 on they are our own.
- `tries`, `stopped_by`: one sentence each, also for the table in the documentation.
- `assignment`: which exercise it pretends to answer; `honest`: answer cells filled in as the
  instructor would; `points`: what these earn, by graded cell; all other graded cells must get 0.
- `says`: texts that must be in the outputs or messages: a sign that the attack was really made.
- `limits`: where it needs tight ones. `slow`: marks it so. `stock`: what the benchmark does with it
  ("run", or the reason why it cannot be run against nbgrader).

Cells are marked `# %% <answer cell>`; `# %% first` and `# %% last` are cells that the student added
before and after all others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import instructor_answers, submission_notebook
from autograder.course.manifest import Manifest

ATTACKS = Path(__file__).parent / "attacks"
_FILE = re.compile(r'\A(?P<quote>"""|\'\'\')\n(?P<header>.*?)(?P=quote)\n(?P<cells>.*)\Z', re.S)
_MARKER = re.compile(r"^# %% (\w+)$", re.M)


@dataclass(frozen=True)
class Attack:
    """One malicious submission.

    Args:
        name: of its file.
        cells: (answer cell, `first` or `last`; text).
        header: see the module.
    """

    name: str
    entries: tuple[int, ...]
    tries: str
    stopped_by: str
    assignment: str
    cells: tuple[tuple[str, str], ...]
    honest: tuple[str, ...] = ()
    points: Mapping[str, float] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    slow: bool = False
    stock: str = "run"

    def answers(self, manifest: Manifest) -> dict[str, str]:
        """Return the attack's text for each answer cell that it fills in."""
        honest = instructor_answers(manifest)
        filled = {name: honest[name] for name in self.honest}
        return filled | {name: text for name, text in self.cells if name not in ("first", "last")}

    def notebook(self, manifest: Manifest, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the submission; `@NAME@` in cells is replaced by what is given for it."""
        made = submission_notebook(manifest, self.answers(manifest))
        added = {"first": [], "last": []}
        for number, (name, text) in enumerate(self.cells):
            if name in added:
                cell = {"cell_type": "code", "id": f"added-{number}", "metadata": {}}
                added[name].append({**cell, "source": text, "outputs": [], "execution_count": None})
        made["cells"] = [*added["first"], *made["cells"], *added["last"]]
        for cell in made["cells"]:
            for name, text in given.items():
                cell["source"] = cell["source"].replace(f"@{name}@", text)
        return made


def read(path: Path) -> Attack:
    """Read one attack file."""
    match = _FILE.match(path.read_text())
    assert match, f"{path} does not begin with a TOML docstring"
    header = tomllib.loads(match["header"])
    parts = _MARKER.split(match["cells"])
    assert not parts[0].strip(), f"{path}: text before the first cell"
    cells = [(n, t.strip("\n")) for n, t in zip(parts[1::2], parts[2::2], strict=True)]
    for key in ("entries", "honest", "says"):
        header[key] = tuple(header.get(key, ()))
    return Attack(name=path.stem, cells=tuple(cells), **header)


def all_attacks() -> list[Attack]:
    """Return every attack, in the catalogue's order."""
    return [read(path) for path in sorted(ATTACKS.glob("*.py"), key=_place)]


def _place(path: Path) -> tuple[int, str]:
    """Return the number with which a file's name begins, and the rest."""
    number = re.match(r"\d+", path.name)
    assert number, path
    return int(number[0]), path.name


@dataclass(frozen=True)
class Special:
    """An attack that is no submission by itself, and the test that makes it."""

    entries: tuple[int, ...]
    tries: str
    stopped_by: str
    test: str


_FILES = "test_hostile_files.py::"
SPECIAL = (
    Special(
        (13,),
        "Edit the gradebook.",
        "Student code cannot reach it; one writer outside turns reports into rows.",
        _FILES + "test_gradebook_has_the_points_of_the_reports",
    ),
    Special(
        (19,),
        "Use repeated submissions as an oracle for answers and inputs.",
        "Messages never name the right answer; another submission has another seed. How often "
        "feedback is released is the course's decision.",
        "test_catalogue.py::test_messages_are_no_oracle",
    ),
    Special(
        (29, 67, 110),
        "Fifty disguises of a forbidden name: exec, magics, globals(), entered modes, decorators; "
        "patterns, pickles, whole namespaces, compilers of libraries, classes that are changed.",
        "The forbidden functions raise when they are called, under any name; three known misses.",
        "../checking/test_forbidden.py::test_disguise_made_in_another_cell_is_refused",
    ),
    Special(
        (33, 64),
        "Answer with 42 odd things: complex, float16, huge, ragged, sparse, meta, cycles, handles.",
        "Each is a verdict; an exception in a check would deny a grade.",
        "test_odd_answers.py::test_odd_answer_is_a_verdict",
    ),
    Special(
        (40,),
        "A zip bomb, links, a device, a fifo, a folder in the notebook's place; links out.",
        "Only regular files are opened, without following links; archives are never unpacked.",
        _FILES + "test_what_is_no_file_is_refused",
    ),
    Special(
        (41,),
        "Huge, corrupt, deep, endless or ambiguous JSON, NaN, invalid UTF-8, a million cells.",
        "Bounded reading; only types, texts and ids of cells are taken; points are the manifest's.",
        _FILES + "test_file_gets_a_fair_grade_or_a_refusal",
    ),
    Special(
        (42,),
        "Modules beside the notebook that shadow torch, random, conftest.",
        "Files beside the notebook do not travel to where it runs.",
        _FILES + "test_shadowing_files_change_nothing",
    ),
    Special(
        (45,),
        "HTML, scripts and links in essays and outputs, as the feedback page shows them.",
        "Cleaned when the autograded notebook is written, and again by the page's template.",
        _FILES + "test_feedback_page_runs_nothing",
    ),
    Special(
        (45,),
        "Terminal escapes and console markup in what `gradlab score` prints.",
        "Text is cleaned when it crosses the boundary and again when it is printed.",
        _FILES + "test_terminal_gets_no_escapes",
    ),
    Special(
        (46,),
        "A student whose name is a spreadsheet formula.",
        "The export quotes what a spreadsheet would run.",
        _FILES + "test_formulas_are_quoted_in_the_export",
    ),
    Special(
        (47,),
        "Student names with newlines, commas, brackets, direction marks, decomposed letters.",
        "They are named to staff and never become keys; nobody else is concerned.",
        _FILES + "test_names_are_keys_or_are_named_as_unusable",
    ),
    Special(
        (39, 43, 62),
        "Bombs and daemons while an honest submission runs in the other worker.",
        "Namespaces and control groups of their own.",
        "test_at_the_same_time.py::test_neighbours_beside_attackers_get_their_usual_report",
    ),
    Special(
        (14, 65),
        "Read the reference where a wheel installed it, or a course that lies among the libraries.",
        "Our packages, solutions and the data directory are covered by empty folders in the view.",
        "test_installed_beside_libraries.py::test_secret_folders_are_empty_inside_what_is_shown",
    ),
    Special(
        (66,),
        "Compute the seed of the checks from the seed that the student's process is told.",
        "The told seed is a hash; nothing else follows from it.",
        "test_catalogue.py::test_seed_changes_with_the_submission_and_is_not_told",
    ),
)


_CHECKS = "test_check_process.py::"
SPECIAL += (
    Special(
        (33, 74),
        "Break the check process: huge, long, deep, wide answers to every check of all exercises.",
        "It has limits of its own; what exceeds them is tried with right answers, to see whose "
        "fault it is.",
        _CHECKS + "test_answer_made_to_break_the_check_process_is_a_verdict",
    ),
    Special(
        (30, 75),
        "Base answers on process numbers, addresses, hashes or limits, to come out well next time.",
        "They are the same in every run; the clock is not, and `gradlab replay` shows who uses it.",
        _CHECKS + "test_what_a_submission_can_see_of_itself_repeats",
    ),
    Special(
        (39, 76),
        "Thousands of cells, each with as much text or output as a cell may have.",
        "Texts and outputs are bounded for all cells together, too.",
        _CHECKS + "test_many_cells_cannot_fill_the_report",
    ),
)


SPECIAL += (
    Special(
        (38, 79),
        "Keep both processors busy with many processes, so that a neighbour's time runs out.",
        "Each server has a share of the processors of its own, however many processes it has.",
        "../sandbox/test_limits.py::test_many_processes_do_not_slow_a_neighbour",
    ),
    Special(
        (41, 80),
        "Wear out the process that reads everybody's files: dotted imports that cost the parser "
        "gigabytes, chains of functions, millions of lists in the JSON.",
        "Long names, large cells and files of many values are not parsed; the rest costs its size.",
        "test_trusted_parsing.py::test_file_cannot_wear_out_the_process_that_reads_it",
    ),
    Special(
        (15, 85),
        "Find secrets in the memory that every submission inherits.",
        "The students' server was never told any; its memory is read from outside to prove it.",
        "test_memory_of_servers.py::test_the_students_server_holds_no_secret",
    ),
    Special(
        (45, 87),
        "Forge the page that people read: MathJax links, style sheets, SVG, data: addresses.",
        "Attributes, elements and commands that act are taken out before nbgrader's page is made.",
        _FILES + "test_feedback_page_has_nothing_that_acts",
    ),
)


SPECIAL += (
    Special(
        (45, 101),
        "Wear out who shows notebooks: blank lines and TeX that take hours to colour and to set, "
        "nested HTML, formulas and colours without number.",
        "So much of a cell and of all cells is shown, HTML no deeper than tables are.",
        "test_pages_of_hostile_notebooks.py::test_page_of_any_notebook_is_made_within_seconds",
    ),
    Special(
        (45, 102),
        "Small pictures that are gigabytes once a browser has unpacked them.",
        "A picture that says it is larger than any screen is left out.",
        "../gradebook/test_safe_text.py::"
        "test_pictures_that_are_too_large_for_a_browser_are_left_out",
    ),
    Special(
        (41, 103),
        "A file of one text that never ends, full of quotes: hours for whoever counts its values.",
        "What has no end is read once.",
        "test_trusted_parsing.py::test_text_that_never_ends_is_looked_at_once",
    ),
    Special(
        (17, 39, 104),
        "Use up what the kernel counts for each user of the machine: descriptors under way, pipes.",
        "Each warm server runs as a user of its own, where root started it.",
        "../sandbox/test_forkserver.py::"
        "test_what_is_counted_by_user_is_not_missing_for_another_server",
    ),
    Special(
        (33, 105),
        "Odd things as parts of an answer: tensors in cells of a table, keys, names, sets.",
        "Whatever a part is, every comparison is a verdict.",
        "../checking/test_any_value.py::test_any_value_is_right_or_wrong",
    ),
    Special(
        (33, 111),
        "Answer with an object where a check rounds, divides or formats a number.",
        "Whatever is done with an object as if it were data is a wrong answer.",
        "../checking/test_student.py::test_an_object_used_as_data_is_a_wrong_answer",
    ),
    Special(
        (57, 108),
        "Count on a class, by a class method or under another name for it, what every check does.",
        "Each cell's checks have the process that stands where that cell left it.",
        "../grading/test_branching.py::test_what_one_cell_s_checks_count_another_cell_s_do_not_see",
    ),
)


def table() -> str:
    """Return all attacks as a markdown table."""
    rows = [(a.entries, a.tries, a.stopped_by, f"attacks/{a.name}.py") for a in all_attacks()]
    rows += [(s.entries, s.tries, s.stopped_by, s.test) for s in SPECIAL]
    rows.sort(key=lambda row: (min(row[0]), row[3]))
    lines = [
        f"| {', '.join(map(str, entries))} | {tries} | {stopped} | `{test}` |"
        for entries, tries, stopped, test in rows
    ]
    return "\n".join(["| entry | tries | stopped by | test |", "|---|---|---|---|", *lines])
