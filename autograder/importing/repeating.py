"""Solution lines that a notebook shows elsewhere as well, as its author published it.

What it guarantees: only lines that the leak check of `build` would stop at are found, each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autograder.course.leaks import Line, Vocabulary, haystack
from autograder.course.solution import findings, solution_lines, strip_solution
from autograder.importing.emitting import Cell


def repeated(cells: Sequence[Cell], files: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    """Yield telling solution lines that students are shown, with the number of their cell.

    Args:
        cells: the notebook's, with solutions.
        files: contents of the files that students get.
    """
    places = []
    for cell in cells:
        wrong = findings(cell.source, is_answer=cell.solution)
        is_cut = cell.solution and not wrong
        places.append(strip_solution(cell.source, cell.cell_type) if is_cut else cell.source)
    for content in files:
        try:
            places.append(content.decode())
        except UnicodeDecodeError:
            continue
    shown = [haystack(text) for text in places]
    vocabulary: Vocabulary | None = None
    done: set[str] = set()
    for cell in cells:
        lines = solution_lines(cell.source) if cell.solution else []
        for text in lines:
            line = Line.read(text, is_code=cell.cell_type == "code")
            if line.pattern in done or not any(line.pattern in whole for whole in shown):
                continue
            done.add(line.pattern)
            vocabulary = vocabulary or Vocabulary(one.source for one in cells)
            if vocabulary.tells(line, is_whole=len(lines) == 1):
                yield text, cell.number
