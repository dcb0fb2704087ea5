"""`gradlab mutants`: wrong answers made by machine, and which of them the checks let pass.

Exit status: 0 the goal is met, 1 it is not, or something is not as it must be; 2 for wrong input, 3
for a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from autograder.cli._progress import RunProgress
    from autograder.grading import Preparer
    from autograder.grading.mutation import Kept, Trial
    from autograder.grading.prepare import Prepared
    from autograder.service.client import Place
    from autograder.service.protocol import Item

EXIT_MISSED = 1
EXIT_INTERRUPTED = 130
_AT_ONCE = 200  # mutants of an order


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

    from autograder.cli._console import failure_exit, printable
    from autograder.cli._progress import RunProgress
    from autograder.course import CourseError, Layout, assignment_names
    from autograder.grading import Preparer
    from autograder.grading import mutation as proof
    from autograder.service.client import Place

    console = Console()
    is_met = True
    with failure_exit(), Place() as place:
        layout = Layout.find()
        names = assignments or assignment_names(layout)
        if not names:
            raise CourseError(f"no assignment in {layout.solutions}; a notebook.py makes one")
        preparer = Preparer(layout, place.isolation(), limits=proof.hasty)
        kept = proof.Kept(preparer)
        made = {name: proof.trials(preparer.manifest(name)) for name in names}
        wanted = [trial for name in names for trial in made[name].wanted]
        if sample is not None:
            wanted = proof.sample(wanted, sample)
        run = _Run(preparer, kept, place)
        try:
            with RunProgress("mutants", len(wanted), quiet=quiet) as progress:
                run.through(wanted, jobs, progress)
        except KeyboardInterrupt:
            console.print("interrupted: run the command again to try the rest")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        for trial in wanted:
            if run.known.get(trial.label) is False:
                where = f"{trial.assignment}/{trial.base}, {trial.cell_id} line {trial.mutant.line}"
                console.print(f"[red]{trial.mutant.name}[/] {escape(where)}: {trial.mutant.kind}")
                console.print(escape(printable(trial.mutant.diff)), soft_wrap=True)
        total = proof.Figure(0, 0)
        for name in names:
            tried = [
                run.known[trial.label]
                for trial in wanted
                if trial.assignment == name and trial.label in run.known
            ]
            figure = proof.Figure(len(tried), sum(tried))
            style = "green" if figure.share >= proof.GOAL else "red"
            equal = len(made[name].equal)
            spared = f", {equal} equal in effect" if equal else ""
            console.print(f"[{style}]{name}[/]: {figure}{spared}")
            for missing in made[name].unknown:
                console.print(f"[red]{name}[/]: mutants.toml names {missing}, which no mutant has")
            total = total + figure
            is_met = is_met and not made[name].unknown
            is_met = is_met and (figure.share >= proof.GOAL or sample is not None)
            if len(tried) == len(made[name].wanted):
                kept.keep_figure(name, figure)
        if sample is not None:
            console.print(f"of the sample: {total}")
            is_met = is_met and total.share >= proof.GOAL
        for fault, count in run.faults.items():
            said = f"({count} times) {escape(printable(fault))}"
            console.print(f"[red]fault[/] {said}", soft_wrap=True)
    if not is_met or run.faults:
        raise typer.Exit(EXIT_MISSED)


@dataclass
class _Run:
    """What is known of mutants, and how the rest is found out.

    Args:
        preparer: makes submissions of them.
        kept: what earlier runs found.
        place: the grading service.

    Attributes:
        known: label -> whether it was rejected.
        faults: what went wrong with checks, and how often.
    """

    preparer: Preparer
    kept: Kept
    place: Place
    known: dict[str, bool] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)

    def through(self, wanted: list[Trial], jobs: int, progress: RunProgress) -> None:
        """Grade all that no earlier run has graded."""
        for name in dict.fromkeys(trial.assignment for trial in wanted):
            of_it = [trial for trial in wanted if trial.assignment == name]
            for start in range(0, len(of_it), _AT_ONCE):
                self._some(name, of_it[start : start + _AT_ONCE], jobs, progress)

    def _some(self, name: str, trials: list[Trial], jobs: int, progress: RunProgress) -> None:
        from autograder.grading.mutation import is_rejected
        from autograder.grading.report import Report
        from autograder.service.client import grade
        from autograder.service.protocol import Order, Priority, Tenant

        manifest = self.preparer.manifest(name)
        left: dict[str, tuple[Trial, Prepared]] = {}
        order = Order(
            Tenant.of(self.preparer.layout),
            name,
            "gradlab mutants",
            list(self._unknown(trials, left, progress)),
            Priority.BATCH,
            most=jobs,
            hasty=True,
            with_reports=True,
        )
        if not left:
            return
        with contextlib.closing(grade(order, self.place)) as events:
            for event in events:
                if event.result is None:
                    continue
                trial, prepared = left.pop(event.name)
                if event.result.is_graded:
                    rejected = is_rejected(manifest, trial, Report.from_bytes(event.body))
                    self.known[trial.label] = rejected
                    self.kept.keep(trial, prepared, rejected=rejected)
                else:
                    self.faults[f"{name}: {event.result.fault.splitlines()[0]}"] += 1
                progress.step()

    def _unknown(
        self,
        trials: list[Trial],
        left: dict[str, tuple[Trial, Prepared]],
        progress: RunProgress,
    ) -> Iterator[Item]:
        from autograder.grading.mutation import prepare_trial
        from autograder.service.prepared import job_to_bytes
        from autograder.service.protocol import Item, Source

        for trial in trials:
            prepared, cells = prepare_trial(self.preparer, trial)
            outcome = self.kept.outcome(trial, prepared)
            if outcome is None:
                left[trial.label] = trial, prepared
                yield Item(trial.label, Source.PREPARED, job_to_bytes(prepared, cells))
            else:
                self.known[trial.label] = outcome
                progress.step()
