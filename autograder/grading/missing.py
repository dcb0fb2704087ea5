"""Say why a name is missing: the cell that was to define it ended with an error of its own.

What it guarantees:

- When a check finds a name missing, and the cell that defines it by its text did not run to its
  end, the student reads that cell's own error, and what to do about the usual ones.
- Otherwise the message stays as it was: nothing is guessed.

What it does not do: change a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from autograder.checking.clean import clean
from autograder.grading.reading import beginning, seemingly_defined_names
from autograder.grading.repair import RunCell
from autograder.wire.session import CellResult

_MISSING: Final = re.compile(r"\bname '(\w{1,200})' is not defined")
_ERROR_CHARACTERS: Final = 200
_PASTED: Final = re.compile(r"^SyntaxError: invalid (?:non-printable )?character")
_RETYPE: Final = "The character was pasted into the line it names; type that place anew."


class Missing:
    """Explains missing names of one submission.

    Args:
        cells: as they were run, in order.
        results: what came of them, by cell id.
    """

    def __init__(self, cells: Iterable[RunCell], results: Mapping[str, CellResult]) -> None:
        self._code = [cell for cell in cells if cell.cell_type == "code"]
        self._results = results
        self._names: dict[str, set[str]] = {}

    def explained(self, message: str) -> str:
        """Return a check's message with the reason why a name that it misses is not there."""
        match = _MISSING.search(message)
        failed = self._failed(match[1]) if match else None
        if match is None or failed is None:
            return message
        error = self._error(failed)
        where = "a cell of your own" if failed.role is None else f"cell {failed.cell_id!r}"
        said = (
            f"{match[1]!r} is missing because {where}, which begins with "
            f"{beginning(failed.source)}, ended with an error: {error}"
        )
        return " ".join([f"{said.rstrip('.')}.", *self._advice(failed, error)])

    def _failed(self, name: str) -> RunCell | None:
        """Return the last cell that defines a name and did not run to its end."""
        defining = [cell for cell in self._code if name in self._defined(cell)]
        failed = [cell for cell in defining if self._results[cell.cell_id].status != "ok"]
        return failed[-1] if failed else None

    def _defined(self, cell: RunCell) -> set[str]:
        if cell.cell_id not in self._names:
            self._names[cell.cell_id] = seemingly_defined_names(cell.source)
        return self._names[cell.cell_id]

    def _error(self, cell: RunCell) -> str:
        result = self._results[cell.cell_id]
        for output in result.outputs:
            if output.get("output_type") == "error":
                text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
                return clean(text.removesuffix(": "), _ERROR_CHARACTERS)
        return clean(result.note or "it did not run", _ERROR_CHARACTERS)

    def _advice(self, cell: RunCell, error: str) -> Sequence[str]:
        found = [_RETYPE] if _PASTED.search(error) else []
        match = _MISSING.search(error)
        below = self._code[self._code.index(cell) + 1 :]
        if match and any(match[1] in self._defined(other) for other in below):
            found.append(
                f"{match[1]!r} is defined further down only; cells are run from top to bottom."
            )
        return found
