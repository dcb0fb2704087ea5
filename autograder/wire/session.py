"""A student's process as the trusted side sees it: cells go in, outputs come back, branches stay.

What it guarantees:

- `run` returns one result for each cell and never raises for what the student's code did: a process
  that ends, hangs or breaks the protocol gives results that say so.
- Every wait is bounded by the limits plus a fixed grace, and so are all cells together.
- `branches` has a socket for each cell after which the process was to branch: at its other end is
  the state that the cell left, or nobody, when the process could not branch or has ended since.
- `fork` gives a copy of the namespace as the cells left it; what is done to one is not seen in the
  next. `namespace` gives the namespace itself.

What it does not do: start or kill the process; `autograder.sandbox` does.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autograder.wire import outputs
from autograder.wire.channel import Channel
from autograder.wire.errors import WireError
from autograder.wire.exchange import VERSION, Peer, RemoteFailure, RemoteTimeout, plain_text
from autograder.wire.limits import Limits
from autograder.wire.namespace import Namespace

GRACE_SECONDS = 2.0  # between the student side's own alarm and giving up on it
SERVICE_SECONDS = 20.0  # for what runs no code of the student: greeting, forking, ending a branch

OUTPUT_CELLS = 50  # all cells together may put out what so many may, each for itself

CellStatus = Literal["ok", "error", "limit", "not-run"]


@dataclass(frozen=True)
class CellSource:
    """A cell to be run; cells that are not code are passed over."""

    cell_id: str
    source: str
    cell_type: str = "code"


@dataclass(frozen=True)
class CellResult:
    """What came of one cell.

    Args:
        cell_id: of the cell.
        status: `ok`, `error` (it raised or ended the process), `limit` (it took too long or broke
            the protocol), `not-run`.
        outputs: nbformat 4 outputs.
        execution_count: as in Jupyter; `None` when it did not run.
        note: why it was stopped or not run; empty otherwise.
    """

    cell_id: str
    status: CellStatus
    outputs: tuple[dict[str, Any], ...] = ()
    execution_count: int | None = None
    note: str = ""


class StudentSession:
    """The conversation on the main channel of one student process.

    Args:
        channel: connected to `autograder.student.server:serve`. A session may be made anew on the
            same channel, or on that of a branch, in another process, after the cells have run.

    Attributes:
        branches: cell id -> our end of the channel of the branch made after that cell.
        names: what the process says that its last cell left; empty when it did not get there.
    """

    def __init__(self, channel: Channel) -> None:
        self._peer = Peer(channel)
        self._output_bytes = 0
        self.branches: dict[str, socket.socket] = {}
        self.names: frozenset[str] = frozenset()

    @property
    def dead(self) -> str:
        """Return why the process cannot be used any more; empty while it can."""
        return self._peer.dead

    @property
    def ended(self) -> bool:
        """Return whether the process was found to have ended by itself, or to have been killed."""
        return self._peer.ended

    def fileno(self) -> int:
        """Return the channel's descriptor, which becomes readable when the process is gone."""
        return self._peer.channel.fileno()

    def run(
        self,
        cells: Sequence[CellSource],
        limits: Limits,
        seed: int,
        branching: Collection[str] = (),
        *,
        figures: bool = True,
    ) -> list[CellResult]:
        """Run the cells in order, as IPython would; a failing cell does not stop the rest.

        All are sent at once, so that the process need not wait for us between two of them. So are
        the channels of the branches: none is open in the process before its cell has run.

        Args:
            cells: what to run.
            limits: of one cell and of all together.
            seed: for the generators.
            branching: ids of the code cells after which the process is to branch.
            figures: whether figures are drawn, which takes longer than most cells.
        """
        code = [cell for cell in cells if cell.cell_type == "code"]
        places = [i for i, cell in enumerate(code) if cell.cell_id in branching]
        refusal, number = "", 0
        try:
            number = self._begin(
                [cell.source for cell in code], places, limits, seed=seed, figures=figures
            )
            end = time.monotonic() + limits.notebook_seconds
            for place in places:
                self._offer_branch(code[place].cell_id)
        except RemoteFailure:
            refusal = self.dead
        except WireError as error:  # the question itself could not be sent: monstrous cells
            refusal = f"the cells could not be sent: {error}"
        if refusal:
            results = [self._not_run(cell, refusal) for cell in code]
        else:
            results = [self._take(number, i, cell, limits, end) for i, cell in enumerate(code)]
        ran = iter(results)
        return [
            next(ran) if cell.cell_type == "code" else CellResult(cell.cell_id, "ok")
            for cell in cells
        ]

    def fork(self, seed: int, seconds: float = 20.0) -> Namespace | None:
        """Return a fresh copy of the namespace, served by a fork of the process.

        Args:
            seed: for the generators in the fork.
            seconds: limit of a call for which none is named.

        Returns:
            `None` when the process cannot be had twice (threads, open files, a GPU).

        Raises:
            RemoteFailure: the process is gone or does not answer.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                answer = self._peer.ask("fork", SERVICE_SECONDS, [theirs.fileno()], seed=seed)
            if answer["status"] not in ("ok", "forbidden"):
                raise self._peer.broken("it made no fork")
        except BaseException:
            ours.close()
            raise
        if answer["status"] == "forbidden":
            ours.close()
            return None
        return Namespace(Peer(Channel(ours)), seconds, on_close=self._end_fork)

    def namespace(self, seconds: float = 20.0) -> Namespace:
        """Return the namespace of the process itself, to be renewed before it is used.

        What is done to it is seen in every later branch; closing it closes the session.

        Args:
            seconds: limit of a call for which none is named.
        """
        return Namespace(self._peer, seconds)

    def close(self) -> None:
        """Close all channels; the student's process ends by itself or is killed by the sandbox."""
        self._peer.give_up("the session was closed")
        for ours in self.branches.values():
            ours.close()

    def _offer_branch(self, cell_id: str) -> None:
        """Send the channel on which the process is to answer as the cell leaves it."""
        ours, theirs = socket.socketpair()
        self.branches[cell_id] = ours
        with theirs:
            self._peer.tell("become-branch", SERVICE_SECONDS, [theirs.fileno()])

    def _end_fork(self) -> None:
        if not self.dead:
            try:
                self._peer.ask("end-fork", SERVICE_SECONDS)
            except RemoteFailure:
                return  # dead is set; the next use says so

    def _begin(
        self, sources: list[str], branching: list[int], limits: Limits, **fields: int
    ) -> int:
        """Send the cells and hear that they begin; return the number of the answers to come."""
        deadline = time.monotonic() + SERVICE_SECONDS
        number = self._peer.put(
            "cells", SERVICE_SECONDS, sources=sources, branching=branching, version=VERSION,
            limits=limits.to_mapping(), **fields,
        )  # fmt: skip
        answer = self._peer.take(number, deadline, SERVICE_SECONDS)
        if answer.get("version") != VERSION or answer["status"] != "ok":
            raise self._peer.broken(f"its version is not {VERSION}")
        return number

    def _take(
        self, number: int, index: int, cell: CellSource, limits: Limits, end: float
    ) -> CellResult:
        """Return the result of the next cell."""
        if self.dead:
            return self._not_run(cell, self.dead)
        now = time.monotonic()
        seconds = max(0.0, min(limits.cell_seconds, end - now))
        try:
            # the grace is for the one cell that runs when the time is up, not for each that is left
            deadline = min(now + seconds + GRACE_SECONDS, end + SERVICE_SECONDS)
            answer = self._peer.take(number, deadline, seconds + GRACE_SECONDS)
            if type(answer.get("cell")) is not int or answer["cell"] != index:
                raise self._peer.broken("its answer is of another cell")
        except RemoteTimeout:
            note = f"the cell did not end within {seconds:g} seconds and could not be interrupted"
            return self._stopped(cell, "limit", "CellTimeout", note)
        except RemoteFailure as failure:
            return self._stopped(cell, "error", "ProcessEnded", f"while this cell ran, {failure}")
        return self._result(cell, answer, limits)

    def _result(self, cell: CellSource, answer: dict[str, Any], limits: Limits) -> CellResult:
        status = answer["status"]
        if status == "not-run":
            used = f"the cells before it used up the notebook's {limits.notebook_seconds:g} seconds"
            return self._not_run(cell, used)
        if status not in ("ok", "error", "limit"):
            failure = self._peer.broken("an unknown status of a cell")
            return self._stopped(cell, "error", "ProcessEnded", str(failure))
        names = answer.get("names")
        if type(names) is list:
            self.names = frozenset(name for name in names if type(name) is str)
        count = answer.get("execution_count")
        return CellResult(
            cell.cell_id,
            status,
            self._outputs(answer.get("outputs"), limits),
            count if type(count) is int and 0 <= count < 1_000_000 else None,
            plain_text(answer.get("note"), 500),
        )

    def _outputs(self, raw: object, limits: Limits) -> tuple[dict[str, Any], ...]:
        left = OUTPUT_CELLS * limits.output_bytes - self._output_bytes
        if left <= 0:
            return ()
        kept = tuple(outputs.clean_outputs(raw, min(limits.output_bytes, left)))
        self._output_bytes += sum(outputs.size(output) for output in kept)
        return kept

    def _stopped(self, cell: CellSource, status: CellStatus, name: str, note: str) -> CellResult:
        return CellResult(cell.cell_id, status, (outputs.error(name, note),), None, note)

    def _not_run(self, cell: CellSource, reason: str) -> CellResult:
        return CellResult(cell.cell_id, "not-run", (), None, reason)
