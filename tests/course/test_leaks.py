"""Which solution lines may be read elsewhere in the release, and which would be leaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Layout, Role, assignment_names, load_manifest
from autograder.course.leaks import Line, Vocabulary, haystack
from autograder.course.solution import solution_lines

COURSE = Layout.find(Path(__file__).parent)
NO_WORDS = Vocabulary([])

EVERYDAY = [
    "import torch.nn.functional as F",
    "from sklearn.model_selection import train_test_split",
    "# scale by the root of the width, as in the paper",
    "optimizer.step()",
    "optimizer.zero_grad(set_to_none=True)",
    "loss = criterion(outputs, labels)",
    "x_train, x_test, y_train, y_test = split(x, y, test_size=0.2, random_state=42)",
    "return self.network(inputs)",
    "for epoch in range(number_of_epochs):",
    "with torch.no_grad():",
    "frame = pandas.read_csv('flights.csv', index_col='month')",
    'print(f"{epoch}: {100 * correct / total:.1f} % of {total}")',
    "plt.plot(steps, [float(value) for value in losses])",
    "except (ValueError, ZeroDivisionError) as error:",
    "return 2 * x",
]
TELLING = [
    "return sum(x for _ in range(2))",
    "hidden = torch.tanh(x @ W.T + hidden @ U.T + b)",
    "scale = (largest - smallest) / (levels - 1)",
    "memory = forget * memory + write * candidate",
    "return np.concatenate([forward, backward[::-1]], axis=1)",
    'values = {"e": 6, "f": 20, "g": 26}',
]


@pytest.mark.parametrize("line", EVERYDAY)
def test_an_everyday_line_is_no_leak(line):
    """What every notebook says tells nothing, even in a course that never said it before."""
    assert not NO_WORDS.tells(Line.read(line, is_code=True))


@pytest.mark.parametrize("line", TELLING)
def test_a_line_that_computes_the_answer_is_a_leak(line):
    """A formula, a table or a combination of rare words is what an exercise asks for."""
    assert NO_WORDS.tells(Line.read(line, is_code=True))


def test_words_that_the_course_uses_tell_little():
    """The same line is everyday where its words are; text that is added never makes it telling."""
    line = Line.read("encoded = tokenizer(words[0]).ids", is_code=True)
    courses = [["encoded tokenizer words ids 0"] * count for count in range(6)]
    told = [Vocabulary(cells).tells(line) for cells in courses]
    assert told == sorted(told, reverse=True)
    assert (told[0], told[-1]) == (True, False)


def test_the_repeated_line_does_not_make_itself_everyday():
    """A leak that stands in many cells is a leak in each."""
    text = "It erases what the forget gate no longer wants to remember."
    line = Line.read(text, is_code=False)
    assert Vocabulary([text] * 10).tells(line)


def test_a_solution_of_one_formula_is_told_by_less():
    """`delta = step @ U` may be one of many lines; as the whole answer it gives all away."""
    line = Line.read("delta = step @ U", is_code=True)
    vocabulary = Vocabulary(["delta step U"] * 3)
    assert not vocabulary.tells(line)
    assert vocabulary.tells(line, is_whole=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("loss=step( x )", True),
        ("Never write `loss = step(x)` here.", True),
        ("train_loss = step(x)", False),
        ("loss = step(x2)", False),
    ],
)
def test_a_line_is_found_as_whole_words_whatever_its_blanks(text, found):
    """Blanks do not hide a line, and the end of a longer name is not the name."""
    assert (Line.read("loss = step(x)", is_code=True).pattern in haystack(text)) is found


def test_most_answers_of_the_course_would_be_noticed():
    """Pasting an answer of several lines into given text is refused, in four cases of five."""
    noticed = []
    for name in assignment_names(COURSE):
        manifest = load_manifest(COURSE, name)
        vocabulary = Vocabulary([cell.solution for cell in manifest.cells])
        for cell in manifest.cells:
            lines = solution_lines(cell.solution)
            if cell.role in (Role.ANSWER, Role.ESSAY) and len(lines) > 2:
                read = [Line.read(line, is_code=cell.cell_type == "code") for line in lines]
                noticed.append(any(map(vocabulary.tells, read)))
    assert sum(noticed) >= 0.8 * len(noticed)
