"""A copy of the real course full of canaries, one warm grader, and a judge of attacks."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from autograder.course import Layout, instructor_answers, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest, Role
from autograder.grading import Preparer, Refusal, Report
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level
from autograder.grading.keys import AssignmentDigest
from autograder.sandbox.policy import OUTSIDE_UIDS, student_policy

ROOT = Path(__file__).parents[2]
PREFIX = "GRADLAB-" + "CANARY-"  # attacks look for it, put together in the same way
ASSIGNMENTS = tuple(sorted(path.parent.name for path in ROOT.glob("solutions/*/notebook.py")))


def pairs(columns: Iterable[str]) -> list[Any]:
    """Return (assignment, column) of a table; CI runs one assignment of each column."""
    return [
        pytest.param(assignment, name, marks=[pytest.mark.proof] * ((row + column) % 12 > 0))
        for row, assignment in enumerate(ASSIGNMENTS)
        for column, name in enumerate(columns)
    ]


def _load(name: str) -> ModuleType:
    """Import a module that lies beside this one."""
    spec = importlib.util.spec_from_file_location(
        f"security_{name}", Path(__file__).parent / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_catalogue = _load("catalogue")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `attack` with every attack file."""
    if "attack" in metafunc.fixturenames:
        metafunc.parametrize(
            "attack",
            [
                pytest.param(attack, id=attack.name, marks=[pytest.mark.slow] * attack.slow)
                for attack in _catalogue.all_attacks()
            ],
        )


class Canaries:
    """Secret strings, planted where an attack might find them."""

    def __init__(self) -> None:
        self.by_place: dict[str, str] = {}

    def plant(self, place: str) -> str:
        """Return a new secret for a place."""
        return self.by_place.setdefault(place, PREFIX + secrets.token_hex(12))

    def found_in(self, data: bytes) -> list[str]:
        """Return the places whose secrets stand in the bytes, plainly or disguised."""
        text = data.decode("utf-8", "replace")
        found = []
        for place, secret in self.by_place.items():
            core = secret.removeprefix(PREFIX)
            if core in text or core[::-1] in text or core.encode().hex() in text:
                found.append(place)
        return found


@pytest.fixture(scope="session")
def catalogue() -> ModuleType:
    """The module that reads the attack files."""
    return _catalogue


@pytest.fixture(scope="session")
def canaries() -> Canaries:
    """The secrets of this run."""
    return Canaries()


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory, canaries: Canaries) -> Layout:
    """A copy of the real course, with secrets in its checks, solutions and data directory."""
    root = tmp_path_factory.mktemp("course")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ASSIGNMENTS:
        for part in ("solutions", "assignments"):
            shutil.copytree(ROOT / part / name, root / part / name, ignore=ignore)
    for check in root.glob("solutions/*/checks/test_*.py"):
        secret = canaries.plant("checks")
        check.write_text(check.read_text() + f'\n\n_SECRET = "{secret}"  # {secret}\n')
    essay = root / "solutions" / "recurrent" / "notebook.py"
    marked = essay.read_text().replace(
        "good answer names", f"good answer {canaries.plant('essay')}"
    )
    essay.write_text(marked)
    home = root / "var"
    other = home / "submitted" / "neighbour" / "recurrent"
    other.mkdir(parents=True)
    (other / "recurrent.ipynb").write_text(canaries.plant("another submission"))
    (home / "gradebook.db").write_text(canaries.plant("gradebook"))
    layout = Layout(root, home)
    layout.graded.mkdir()
    (layout.graded / "report.json").write_text(canaries.plant("reports"))
    return layout


@pytest.fixture(scope="session")
def environment(canaries: Canaries) -> Iterator[None]:
    """Secrets in the environment of the grader and of a process beside it, as a hub would have."""
    wanted = {
        "JUPYTERHUB_API_TOKEN": canaries.plant("hub token"),
        "GRADLAB_DB_URL_SECRET": canaries.plant("environment"),
    }
    os.environ.update(wanted)
    arguments = ["sleep", "1000", canaries.plant("command line")]
    command = [sys.executable, "-c", "import sys; sys.stdin.read()", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as beside:
        yield
        assert beside.poll() is None, "an attack ended a process outside of its sandbox"
    for name in wanted:
        del os.environ[name]


class TightPreparer(Preparer):
    """A preparer whose manifests can be given other limits."""

    def limit(self, assignment: str, **limits: float) -> None:
        """Set limits of an assignment; none restores its own."""
        self._manifests.pop(assignment, None)
        manifest = self.manifest(assignment)
        if limits:
            changed = dataclasses.replace(
                manifest, limits=dataclasses.replace(manifest.limits, **limits)
            )
            digest = AssignmentDigest.of(changed, self.environment)
            self._manifests[assignment] = changed, digest


@pytest.fixture(scope="session")
def preparer(layout: Layout) -> TightPreparer:
    """The course as the grader sees it."""
    return TightPreparer(layout, isolation_level())


@pytest.fixture(scope="session")
def grader(preparer: TightPreparer, environment: None) -> Iterator[Grader]:
    """One grader with all exercises, for all attacks."""
    with Grader(preparer, ASSIGNMENTS) as grader:
        yield grader


def honest_bytes(manifest: Manifest) -> bytes:
    """A submission with the instructor's answers, essays left out."""
    essays = {cell.cell_id for cell in manifest.cells if cell.role is Role.ESSAY}
    answers = {k: v for k, v in instructor_answers(manifest).items() if k not in essays}
    return notebook_bytes(submission_notebook(manifest, answers))


@dataclasses.dataclass
class Traces:
    """What a submission could leave behind on the machine."""

    processes: set[int]
    groups: set[str]
    mounts: set[str]
    files: set[str]
    segments: set[str]

    @classmethod
    def now(cls) -> Traces:
        """Look at the machine."""
        processes = {child.pid for child in psutil.Process().children(recursive=True)}
        folders = (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"))
        return cls(
            processes,
            {
                f"{folder}/{name}"
                for folder, names, _ in os.walk("/sys/fs/cgroup")  # passes over what ends meanwhile
                for name in names
                if name.startswith("gradlab-")
                and int(name.split("-")[2]) in processes  # not those of other graders
            },
            {
                line
                for line in Path("/proc/self/mountinfo").read_text().splitlines()
                if any(mark in line for mark in ("/scratch", "/course", "/.host", "gradlab"))
            },
            {
                str(path)
                for folder in folders
                for path in folder.glob("*")
                if "attack" in path.name or "gradlab-scratch" in path.name
            },
            set().union(*map(segments_of_submissions, ("shm", "msg", "sem"))),
        )


def segments_of_submissions(kind: str) -> set[str]:
    """Return the System V objects made by users that submissions run as, not those of others."""
    header, *rows = Path("/proc/sysvipc", kind).read_text().splitlines()
    first = student_policy().outside_uid
    makers = {str(os.geteuid()), *map(str, range(first, first + OUTSIDE_UIDS))}
    tables = [dict(zip(header.split(), row.split(), strict=True)) for row in rows]
    number = header.split()[1]  # shmid, msqid, semid
    return {f"{kind} {row[number]}" for row in tables if row["cuid"] in makers}


def group_bytes() -> int:
    """Return the memory that the kernel counts for this process's servers and submissions."""
    mine = {child.pid for child in psutil.Process().children(recursive=True)}
    total = 0
    for path in Path("/sys/fs/cgroup").rglob("gradlab-*/memory.stat"):
        if int(path.parent.name.split("-")[2]) in mine:
            stat = dict(line.split() for line in path.read_text().splitlines())
            total += int(stat.get("anon", stat.get("rss", 0))) + int(stat.get("shmem", 0))
    return total


class Judge:
    """Grades submissions and holds every report against what an attack must never gain."""

    def __init__(self, grader: Grader, preparer: TightPreparer, canaries: Canaries) -> None:
        self.grader = grader
        self.preparer = preparer
        self.canaries = canaries
        self.attacks = _catalogue.all_attacks()
        self._honest: dict[str, bytes] = {}
        self._reference = [
            line.strip()
            for line in inspect.getsource(
                importlib.import_module("reference.recurrent")
            ).splitlines()
            if len(line.strip()) > 60
        ]
        self.neighbour("recurrent")
        self.traces = Traces.now()
        self.group_bytes = group_bytes()

    def grade(self, assignment: str, notebook: bytes, **limits: float) -> Report:
        """Grade a notebook under changed limits; the limits are restored."""
        if limits:
            self.preparer.limit(assignment, **limits)
        try:
            prepared = self.preparer.prepare(assignment, notebook)
            if isinstance(prepared, Refusal):
                return self.preparer.refusal_report(prepared)
            return self.grader.run(prepared)
        finally:
            if limits:
                self.preparer.limit(assignment)

    def neighbour(self, assignment: str) -> None:
        """Grade an honest submission: its report is full and, byte for byte, what it always is."""
        report = self.grade(assignment, honest_bytes(self.preparer.manifest(assignment)))
        assert all(cell.points == cell.max_points for cell in report.cells if not cell.manual), (
            "an honest neighbour lost points",
            [check for cell in report.cells for check in cell.checks if check.verdict != "passed"],
        )
        first = self._honest.setdefault(assignment, report.to_bytes())
        assert report.to_bytes() == first, "an honest neighbour's report changed"

    def holds(self, report: Report, points: dict[str, float]) -> None:
        """Assert that a report earned these points and no others, and that it holds no secret."""
        came = {cell.grade_id: cell.points for cell in report.cells if not cell.manual}
        expected = dict.fromkeys(came, 0.0) | points
        said = [
            (c.name, str(c.verdict), c.message, c.detail[-400:])
            for cell in report.cells
            for c in cell.checks
        ]
        assert came == expected, said
        data = report.to_bytes()
        assert self.canaries.found_in(data) == []
        assert [line for line in self._reference if line in data.decode()] == []

    def nothing_is_left(self) -> None:
        """Assert that the machine is as it was before the attack."""
        assert Traces.now() == self.traces
        assert group_bytes() < self.group_bytes + 60_000_000


@pytest.fixture(scope="session")
def judge(grader: Grader, preparer: TightPreparer, canaries: Canaries) -> Judge:
    """Grades attacks and their honest neighbours."""
    return Judge(grader, preparer, canaries)


@pytest.fixture(autouse=True)
def _machine_before(request: pytest.FixtureRequest) -> None:
    """Let a judge compare with the machine as this test found it: other tests' servers change."""
    if "judge" in request.fixturenames:
        request.getfixturevalue("judge").traces = Traces.now()


@pytest.fixture(scope="session")
def honest(preparer: TightPreparer) -> Callable[[str], bytes]:
    """Makes the honest submission of an assignment."""
    return lambda assignment: honest_bytes(preparer.manifest(assignment))


@pytest.fixture
def secret_places(layout: Layout) -> str:
    """Where the secrets lie, told to the attacks: an attacker who knows everything but them."""
    places = [layout.root, layout.home, ROOT / "reference", ROOT / "solutions"]
    return repr([str(place) for place in places])
