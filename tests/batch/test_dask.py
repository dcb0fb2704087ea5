"""The backend of dask workers, on real worker processes of this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dask.config
import psutil
import pytest

from autograder.batch import Job, Outcome
from autograder.batch.clusters import ClusterKind, ClusterSettings, cluster_client
from autograder.batch.dask import DaskBackend
from autograder.course import Layout
from autograder.course.manifest import Manifest
from autograder.grading import GraderFault, Preparer
from autograder.grading.isolation import isolation_level
from autograder.grading.report import CellReport, CheckReport, Verdict
from autograder.service.pool import Pool, Run

from .conftest import stored_reports, submission

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
GRADLAB = str(Path(sys.executable).parent / "gradlab")
TRACING_CHECK = '''"""Size (grade cell `size`, 2 points)."""

from autograder.checking import points


@points(1)
def test_size(student):
    size = student["size"]
    assert size == 3, f"{size} is not the size"
'''


@pytest.fixture
def preparer(layout: Layout) -> Preparer:
    """A preparer of the course, with the isolation that there is."""
    (layout.solutions / "tiny" / "checks" / "test_size.py").write_text(TRACING_CHECK)
    return Preparer(layout, isolation_level())


@pytest.fixture
def manifest(preparer: Preparer) -> Manifest:
    """The manifest of `tiny`."""
    return preparer.manifest("tiny")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a cluster with two worker processes, as `--cluster local` starts it."""
    with cluster_client(ClusterKind.LOCAL, 2, ClusterSettings()) as client:
        client.wait_for_workers(2)
        yield client


def jobs(preparer: Preparer, manifest: Manifest, number: int) -> list[Job]:
    """Jobs of students with right, wrong, failing and crashing answers, none equal to another."""
    kinds = ["return 2 * x", "return 3 * x", "return 1 / 0", "import os; os._exit(1)", "return é"]
    return [
        Job(f"s{n}", preparer.prepare("tiny", submission(manifest, n, f"{kinds[n % 5]} # {n}")))
        for n in range(number)
    ]


def local(preparer: Preparer, of: list[Job]) -> dict[str, bytes]:
    """The reports that a pool of this machine gives."""
    with contextlib.closing(Pool(1)) as pool:
        made = [Outcome(job, pool.grade(preparer, job.prepared, job.known, Run())) for job in of]
    return reports(made)


def reports(outcomes: list[Outcome]) -> dict[str, bytes]:
    """The bytes of each student's report; nobody has two outcomes, nobody a fault."""
    assert [outcome.fault for outcome in outcomes if outcome.report is None] == []
    found = {o.job.student: o.report.to_bytes() for o in outcomes if o.report is not None}
    assert len(found) == len(outcomes)
    return found


def hanging(preparer: Preparer, manifest: Manifest, student: str = "hangs") -> Job:
    """A job whose cell does not end before its limit."""
    data = submission(manifest, 3, f"return x # {student}\nwhile True: pass")
    return Job(student, preparer.prepare("tiny", data))


def worker_pids(client: Any) -> dict[str, int]:
    """The process of each worker."""
    return dict(client.run(os.getpid))


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_reports_are_those_of_this_machine(
    client: Any, preparer: Preparer, manifest: Manifest
) -> None:
    """Same keys, same bytes, with tracebacks, crashes and cells known before among them."""
    known = {"size": CellReport("size", 2.0, (CheckReport("test_size", Verdict.PASSED, 1.0),))}
    made = jobs(preparer, manifest, 8)
    made[3] = dataclasses.replace(made[3], known=known)
    expected = local(preparer, made)
    assert "AssertionError" in expected["s0"].decode()
    assert str(preparer.layout.root) not in expected["s0"].decode()
    backend = DaskBackend(preparer, ["tiny"], lambda: nullcontext(client))
    assert reports(list(backend.run(made))) == expected


def test_closing_early_leaves_nothing_on_the_workers(
    client: Any, preparer: Preparer, manifest: Manifest
) -> None:
    """A submission that hangs is ended; no process, folder, task or plugin of the batch stays."""
    first, *rest = jobs(preparer, manifest, 3)
    made = [first, hanging(preparer, manifest), hanging(preparer, manifest, "too"), *rest]
    backend = DaskBackend(preparer, ["tiny"], lambda: nullcontext(client))
    outcomes = backend.run(made)
    next(outcomes)
    begun = time.monotonic()
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert time.monotonic() - begun < 30
    left = [child.name() for pid in worker_pids(client).values() for child in children(pid)]
    assert left == []
    folders = client.run(
        lambda dask_worker: [p.name for p in Path(dask_worker.local_directory).iterdir()]
    )
    assert not any(name.startswith("gradlab") for names in folders.values() for name in names)
    plugins = client.run(lambda dask_worker: list(dask_worker.plugins))
    assert not any(name.startswith("gradlab") for names in plugins.values() for name in names)
    until(lambda: not any(client.processing().values()))


def children(pid: int) -> list[psutil.Process]:
    """All processes below one."""
    return psutil.Process(pid).children(recursive=True)


def test_workers_with_another_environment_are_refused(
    client: Any, preparer: Preparer, manifest: Manifest
) -> None:
    """Another version is named, and so is other code of the same versions; nothing is graded."""
    environment = preparer.environment
    (job,) = jobs(preparer, manifest, 1)
    for other, said in [
        ({"versions": dict(environment.versions) | {"torch": "0.1"}}, "torch is .*client's 0.1"),
        ({"exact": "0" * 64}, "the code of gradlab or of the reference, or the platform"),
    ]:
        preparer.environment = dataclasses.replace(environment, **other)
        backend = DaskBackend(preparer, ["tiny"], lambda: nullcontext(client))
        with pytest.raises(GraderFault, match=f"2 worker.*{said}.*Install the same gradlab"):
            list(backend.run([job]))


def test_grades_survive_killed_workers(preparer: Preparer, manifest: Manifest) -> None:
    """Each worker is killed once in mid-batch; all reports equal those of an undisturbed run."""
    made = jobs(preparer, manifest, 20)
    expected = local(preparer, made)
    with cluster_client(ClusterKind.LOCAL, 2, ClusterSettings()) as client:
        client.wait_for_workers(2)
        victims = list(worker_pids(client).values())
        outcomes = []
        for outcome in DaskBackend(preparer, ["tiny"], lambda: nullcontext(client)).run(made):
            outcomes.append(outcome)
            if victims and len(outcomes) in (3, 9):
                os.kill(victims.pop(), signal.SIGKILL)
        assert victims == []
    assert reports(outcomes) == expected


def test_a_submission_that_loses_its_workers_is_a_fault(
    preparer: Preparer, manifest: Manifest
) -> None:
    """Past `allowed-failures` it is a fault without a score, and the batch goes on."""
    quick = jobs(preparer, manifest, 4)
    expected = local(preparer, quick)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        cluster_client(ClusterKind.LOCAL, 1, ClusterSettings()) as client,
    ):
        client.wait_for_workers(1)

        def feed() -> Iterator[Job]:
            yield hanging(preparer, manifest)
            until(lambda: any(client.processing().values()))
            for pid in worker_pids(client).values():
                os.kill(pid, signal.SIGKILL)
            until(lambda: not client.processing() or not any(client.processing().values()))
            client.wait_for_workers(1)
            yield from quick

        outcomes = list(DaskBackend(preparer, ["tiny"], lambda: nullcontext(client)).run(feed()))
    lost = [outcome for outcome in outcomes if outcome.report is None]
    assert [outcome.job.student for outcome in lost] == ["hangs"]
    assert "KilledWorker" in lost[0].fault
    assert reports([o for o in outcomes if o.report is not None]) == expected


def test_a_batch_without_workers_ends(preparer: Preparer, manifest: Manifest) -> None:
    """When the last worker goes and none comes back, what is left is a fault each."""
    made = [*jobs(preparer, manifest, 2), hanging(preparer, manifest)]
    with cluster_client(ClusterKind.LOCAL, 1, ClusterSettings()) as client:
        client.wait_for_workers(1)
        backend = DaskBackend(preparer, ["tiny"], lambda: nullcontext(client), patience_seconds=3)
        outcomes = []
        for outcome in backend.run(made):
            outcomes.append(outcome)
            if len(outcomes) == 2:
                client.cluster.scale(0)
    assert {outcome.job.student for outcome in outcomes} == {"s0", "s1", "hangs"}
    (lost,) = [outcome for outcome in outcomes if outcome.report is None]
    assert "no worker is left" in lost.fault


def submit(layout: Layout, manifest: Manifest, number: int) -> None:
    """Put submissions where `gradlab grade` finds them."""
    for n in range(number):
        folder = layout.submitted / f"s{n}" / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.ipynb").write_bytes(submission(manifest, n, f"return {n} * x"))


def environment(layout: Layout) -> dict[str, str]:
    """The environment of a command on that course."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("GRADLAB_")}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    course = {"GRADLAB_COURSE": str(layout.root), "GRADLAB_HOME": str(layout.home)}
    return kept | {"PATH": path} | course


def test_the_command_grades_on_a_cluster_of_its_own(
    layout: Layout, preparer: Preparer, manifest: Manifest
) -> None:
    """`--cluster local` writes the grades that the local run writes: it finds nothing to change."""
    submit(layout, manifest, 4)
    command = [GRADLAB, "grade", "tiny", "--json", "--jobs", "2"]
    env = environment(layout)
    done = subprocess.run([*command, "--cluster", "local"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["graded"], summary["faults"]) == (4, 0)
    before = stored_reports(layout)
    again = subprocess.run([*command, "--fresh"], env=env, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert stored_reports(layout) == before
    assert len(before) == 4


def test_an_interrupted_command_leaves_no_process(
    layout: Layout, preparer: Preparer, manifest: Manifest
) -> None:
    """Ctrl-C reaches workers and command at once; all of them end, and soon."""
    loop = "\nwhile True: pass"
    for student, rest in [("ada", ""), ("bob", loop), ("cid", loop), ("dan", loop)]:
        folder = layout.submitted / student / "tiny"
        folder.mkdir(parents=True)
        data = submission(manifest, 3, f"return 2 * x # {student}{rest}")
        (folder / "tiny.ipynb").write_bytes(data)
    program = subprocess.Popen(
        [GRADLAB, "grade", "tiny", "--json", "--jobs", "1", "--cluster", "local"],
        env=environment(layout),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        graded = layout.graded.glob
        until(lambda: any(graded("??/*.json.z")) or program.poll() is not None, 200)
        family = children(program.pid)
        os.killpg(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
    assert program.returncode == 130, err
    assert {one["student"] for one in json.loads(out)["students"]} <= {"ada"}
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
