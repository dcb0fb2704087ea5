"""`gradlab mutants`: wrong answers made by machine, and which of them the checks let pass.

Exit status: 0 the goal is met, 1 it is not, or something is not as it must be; 2 for wrong input, 3
for a fault of ours, 130 interrupted.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

EXIT_MISSED = 1
EXIT_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("mutants")(_mutants)


def _mutants(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]…", help="All by default.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="Try so many of all of them only.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many run at once.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Change right answers in one place each, grade them, and list those that keep all points.

    What came of each is kept: another run tries only what changed, or was not reached.
    """
    from rich.console import Console
    from rich.markup import escape

    from autograder.batch.backend import Job
    from autograder.batch.local import LocalBackend
    from autograder.cli._console import failure_exit, printable
    from autograder.cli._progress import RunProgress
    from autograder.course import CourseError, Layout, assignment_names
    from autograder.grading import Preparer, isolation_level
    from autograder.grading import mutation as proof
    from autograder.grading.grader import Grader
    from autograder.standby.lending import nursery

    console = Console()
    is_wrong = False
    with failure_exit():
        layout = Layout.find()
        names = assignments or assignment_names(layout)
        if not names:
            raise CourseError(f"no assignment in {layout.solutions}; a notebook.py makes one")
        preparer = Preparer(layout, isolation_level(), limits=proof.hasty)
        kept = proof.Kept(preparer)
        made = {name: proof.trials(preparer.manifest(name)) for name in names}
        wanted = [trial for name in names for trial in made[name][0]]
        if sample is not None:
            wanted = proof.sample(wanted, sample)
        known: dict[str, bool] = {}
        left: dict[str, tuple[proof.Trial, Job]] = {}
        for trial in wanted:
            prepared, cells = proof.prepare_trial(preparer, trial)
            outcome = None if prepared.refusal else kept.outcome(trial, prepared)
            if outcome is not None:
                known[trial.label] = outcome
            else:
                left[trial.label] = trial, Job(trial.label, prepared, cells)
        faults: Counter[str] = Counter()
        if left:
            backend = LocalBackend(
                lambda shared: Grader(preparer, names, shared), min(jobs, len(left)), nursery()
            )
            with RunProgress("mutants", len(left), quiet=quiet) as progress:
                try:
                    for done in backend.run(job for _, job in left.values()):
                        trial, job = left[done.job.student]
                        if done.report is None:
                            faults[f"{trial.assignment}: {done.fault.splitlines()[0]}"] += 1
                        else:
                            manifest = preparer.manifest(trial.assignment)
                            rejected = proof.is_rejected(manifest, trial, done.report)
                            known[trial.label] = rejected
                            kept.keep(trial, job.prepared, rejected=rejected)
                        progress.step()
                except KeyboardInterrupt:
                    console.print("interrupted: run the command again to try the rest")
                    raise typer.Exit(EXIT_INTERRUPTED) from None
        for trial in wanted:
            if known.get(trial.label) is False:
                where = f"{trial.assignment}/{trial.base}, {trial.cell_id} line {trial.mutant.line}"
                console.print(f"[red]{trial.mutant.name}[/] {escape(where)}: {trial.mutant.kind}")
                console.print(escape(printable(trial.mutant.diff)), soft_wrap=True)
        for name in names:
            tried = [known[t.label] for t in wanted if t.assignment == name and t.label in known]
            figure = proof.Figure(len(tried), sum(tried))
            _, spared, stale = made[name]
            style = "green" if figure.share >= proof.GOAL else "red"
            equal = f", {len(spared)} equal in effect" if spared else ""
            console.print(f"[{style}]{name}[/]: {figure}{equal}")
            for missing in stale:
                console.print(f"[red]{name}[/]: mutants.toml names {missing}, which no mutant has")
            is_wrong = is_wrong or bool(stale) or figure.share < proof.GOAL
            if sample is None and len(tried) == len(made[name][0]):
                kept.keep_figure(name, figure)
        for fault, count in faults.items():
            console.print(
                f"[red]fault[/] ({count} times) {escape(printable(fault))}", soft_wrap=True
            )
    if is_wrong or faults:
        raise typer.Exit(EXIT_MISSED)
