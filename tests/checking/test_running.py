"""Checks collected once and run in forks, over the real wire and the real student's server."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.checking import CheckAnswer, CheckFault, CheckJob, CheckResult, read_answer
from autograder.checking.running.overrun import Place
from autograder.sandbox import ForkServer, Launch
from autograder.wire.limits import Limits

SUBMISSION = """
import os, time
answer = 42
state = []
def double(x): return x * 2
def remember(x):
    state.append(x)
    return list(state)
def loop():
    while True: pass
def leave(): os._exit(0)
def crash(): raise ValueError("<b>no</b>")
"""

FILES = {
    "good": '''
import numpy as np, pytest, random, torch
from autograder.checking import points, hint, assert_close, assert_number

SEEN = []

@points(2)
@hint("Twice.")
def test_double(student, generator):
    x = torch.randn(3, generator=generator)
    assert_close(student.double(x), 2 * x)

@points(3)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_cases(student, n):
    assert student.double(n) == 2 * n

def test_source(student):
    assert "answer = 42" in student.source("cell")
''',
    "wrong-ones": '''
import torch
from autograder.checking import assert_number

def test_number(student):
    assert_number(student["answer"], 41)

def test_plain_assert_with_words(student):
    assert student["answer"] == 41, "The answer is another."

def test_plain_assert_without_words(student):
    """Forty-one is the answer."""
    assert student["answer"] == 41

def test_foreign_assertion(student):
    torch.testing.assert_close(torch.tensor(student["answer"]), torch.tensor(98765))

def test_raises(student):
    student.crash()

def test_missing(student):
    student.nothing(1)
''',
    "endings": '''
def test_before(student):
    assert student.remember(1) == [1]

def test_shares_the_branch(student):
    assert student.remember(2) == [1, 2]

def test_loop(student):
    student.loop()

def test_fresh_after_the_limit(student):
    assert student.remember(3) == [3]

def test_leaves(student):
    student.leave()

def test_fresh_after_the_end(student):
    assert student.remember(4) == [4]

def test_swallowed(student):
    try:
        student.leave()
    except Exception:
        pass
    assert student.remember(5) == [5]
''',
    "random": '''
import random
import numpy as np, torch, pytest

def _draw(generator, rng, seed):
    drawn = [seed, torch.randint(10**9, (1,), generator=generator).item(),
             int(rng.integers(10**9)), torch.randint(10**9, (1,)).item(), random.randrange(10**9),
             int(np.random.randint(10**9))]
    raise AssertionError(drawn)

def test_first(generator, rng, seed):
    _draw(generator, rng, seed)

def test_second(generator, rng, seed):
    _draw(generator, rng, seed)
''',
    "faulty": '''
def test_typing_mistake(student):
    student.double(1)
    undefined_name
''',
    "skipping": '''
import pytest
def test_skipped(student):
    pytest.skip("not today")
''',
    "slow": '''
import time
def test_hangs():
    while True:
        try:
            time.sleep(0.05)
        except Exception:
            pass
''',
    "broken": "import nothing_of_this_name",
    "unknown-decorator": "x = 1\n@pointz(2)\ndef test_it(student): pass",
    "no-python": "def test_it(student:\n    pass",
    "wrong-parameters": (
        "import pytest\n@pytest.mark.parametrize('m', [1])\ndef test_it(student): pass"
    ),
    "asserts-elsewhere": '''
exec(compile("def needs_negative(x): assert x < 0", "/elsewhere/reference.py", "exec"))
def test_the_reference_asserts(student):
    needs_negative(student["answer"])
''',
    "fails": '''
import pytest
def test_said(student):
    if student["answer"] != 41:
        pytest.fail("Not that one.")
def test_returns_instead(student):
    """Negative numbers are refused."""
    with pytest.raises(ValueError):
        student.double(-1)
def test_says_other_words(student):
    """What is refused is named."""
    with pytest.raises(ValueError, match="negative"):
        raise ValueError(str(student["answer"]))
''',
    "pytest-asserts": '''
import pytest
def test_asks_too_early(student):
    with pytest.raises(ValueError) as found:
        assert found.value
''',
    "empty": "x = 1",
}  # fmt: skip

LIMITS = Limits(call_seconds=0.5, check_seconds=2.0)


@pytest.fixture(scope="module")
def check_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Return a warm check server for the files above, beside traps that it must not read."""
    folder = tmp_path_factory.mktemp("checks")
    (folder / "conftest.py").write_text("raise RuntimeError('no conftest is read')")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option")
    files = {}
    for grade_id, text in FILES.items():
        path = folder / f"test_{grade_id.replace('-', '_')}.py"
        path.write_text(text)
        files[grade_id] = str(path)
    launch = Launch(
        "autograder.checking.running.process:run",
        "autograder.checking.running.process:warm",
        json.dumps({"assignments": {"demo": files, "other": []}}),
        None,
        environment={"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "no_such_plugin"},
    )
    with ForkServer(launch) as server:
        yield server


Answer = Callable[..., CheckAnswer]
Run = Callable[..., list[CheckResult]]


@pytest.fixture
def answer(check_server: ForkServer, student_socket: Callable[[str], socket.socket]) -> Answer:
    """Return a function that runs the checks of cells against the submission."""

    def run_job(*grade_ids: str, seed: int = 7, reserve: bool = True, **fields: Any) -> CheckAnswer:
        students = [student_socket(SUBMISSION) for _ in grade_ids]
        job = CheckJob(
            "demo", grade_ids, seed, LIMITS, {"cell": SUBMISSION},
            branches=grade_ids, reserve=reserve, **fields,
        )  # fmt: skip
        reader, writer = os.pipe()
        place = Place.make()
        channels = [student.fileno() for student in students]
        try:
            try:
                fds = [writer, place.descriptor, *channels]
                process = check_server.spawn(job.to_bytes(), fds, None)
            finally:
                os.close(writer)
            try:
                return read_answer(reader, time.monotonic() + 60)
            finally:
                process.kill()
                process.wait(time.monotonic() + 10)
        finally:
            os.close(reader)
            place.close()

    return run_job


@pytest.fixture
def run(answer: Answer) -> Run:
    """Return a function that gives the results of checks alone."""
    return lambda *grade_ids, **fields: list(answer(*grade_ids, **fields).results)


def _verdicts(results: list[CheckResult]) -> dict[str, str]:
    return {result.name: result.verdict for result in results}


def test_right_answers_pass_with_their_weights(run: Run) -> None:
    """Cases of a parametrised check have their id in the name and share its weight."""
    results = run("good")
    assert set(_verdicts(results).values()) == {"passed"}
    assert [(r.name, r.weight) for r in results] == [
        ("test_double", 2.0),
        ("test_cases[1]", 1.0),
        ("test_cases[2]", 1.0),
        ("test_cases[3]", 1.0),
        ("test_source", 1.0),
    ]
    assert results[0].hint == "Twice."
    assert {result.grade_id for result in results} == {"good"}


def test_wrong_answers_have_verdicts_and_keep_secrets(run: Run) -> None:
    """Own assertions, plain ones and a library's: no expected value reaches the student."""
    results = {result.name: result for result in run("wrong-ones")}
    assert _verdicts(list(results.values())) == {
        "test_number": "failed",
        "test_plain_assert_with_words": "failed",
        "test_plain_assert_without_words": "failed",
        "test_foreign_assertion": "failed",
        "test_raises": "error",
        "test_missing": "error",
    }
    assert results["test_plain_assert_with_words"].message == "The answer is another."
    assert results["test_plain_assert_without_words"].message == (
        "This does not hold: Forty-one is the answer."
    )
    assert results["test_foreign_assertion"].message == "The answer is not right."
    assert "98765" in results["test_foreign_assertion"].detail
    assert (
        results["test_raises"].message
        == "Calling `crash` raised ValueError: ‹b›no‹/b›. It was called with ()."
    )
    for result in results.values():
        assert "41" not in result.message
        assert "98765" not in result.message


def test_what_pytest_says_of_an_answer_is_a_verdict(run: Run) -> None:
    """`pytest.fail` is the author's word; `pytest.raises` speaks by the docstring."""
    results = run("fails")
    assert [(result.verdict, result.message) for result in results] == [
        ("failed", "Not that one."),
        ("failed", "This does not hold: Negative numbers are refused."),
        ("failed", "This does not hold: What is refused is named."),
    ]


def test_checks_of_a_cell_share_a_fork_until_it_is_spoilt(run: Run) -> None:
    """After a limit or an end of the process the next check has a fresh fork."""
    assert _verdicts(run("endings")) == {
        "test_before": "passed",
        "test_shares_the_branch": "passed",
        "test_loop": "limit",
        "test_fresh_after_the_limit": "passed",
        "test_leaves": "error",
        "test_fresh_after_the_end": "passed",
        "test_swallowed": "error",
    }


def test_what_is_left_after_a_spoilt_branch_is_said_and_the_rest_goes_on(answer: Answer) -> None:
    """A branch itself is spoilt once; other cells have their own, and the order stays."""
    whole = answer("good", "endings", "wrong-ones", reserve=False)
    assert whole.left == ("endings",)
    assert [result.grade_id for result in whole.results] == (
        ["good"] * 5 + ["endings"] * 3 + ["wrong-ones"] * 6
    )
    known = tuple((result.grade_id, result.name) for result in whole.results)
    rest = answer("endings", answered=known)
    assert [result.name for result in rest.results] == [
        "test_fresh_after_the_limit", "test_leaves", "test_fresh_after_the_end", "test_swallowed"
    ]  # fmt: skip
    assert not rest.left


def test_a_name_that_is_missing_is_told_to_the_grader(run: Run) -> None:
    """Of a check that did not pass for it, and of no other."""
    missing = {result.name: result.missing for result in run("wrong-ones")}
    assert {name for name, said in missing.items() if said} == {"test_missing"}
    assert missing["test_missing"] == "nothing"


def test_random_input_depends_on_seed_cell_and_name_alone(run: Run) -> None:
    """Running one check alone, or after others, gives it the same numbers; a new seed others."""
    both = {result.name: result.detail for result in run("good", "random")}
    alone = {result.name: result.detail for result in run("random", names=("test_second",))}
    other = {result.name: result.detail for result in run("random", seed=8)}
    assert list(alone) == ["test_second"]
    assert alone["test_second"] == both["test_second"]
    assert len({both["test_first"], both["test_second"], other["test_first"]}) == 3


@pytest.mark.parametrize(
    ("grade_id", "says"),
    [
        ("faulty", "check test_typing_mistake of faulty: test_faulty.py:4: NameError"),
        ("skipping", "check test_skipped of skipping: test_skipping.py:4: Skipped"),
        ("slow", "check test_hangs of slow: test_slow.py:"),
        ("broken", "the check file of 'broken' cannot be used: test_broken.py:1: ModuleNotFound"),
        (
            "unknown-decorator",
            "test_unknown_decorator.py:2: NameError: name 'pointz' is not",
        ),
        ("no-python", "test_no_python.py:1: SyntaxError: '(' was never closed"),
        ("wrong-parameters", "function uses no argument 'm'"),
        ("asserts-elsewhere", "check test_the_reference_asserts of asserts-elsewhere"),
        ("pytest-asserts", "check test_asks_too_early of pytest-asserts"),
        ("empty", "the check file of 'empty' cannot be used"),
        ("unknown", "has no checks for 'unknown'"),
    ],
)
def test_a_fault_of_ours_is_never_a_verdict(grade_id: str, says: str, run: Run) -> None:
    """A wrong, skipped, hanging, broken or missing check ends the job as a fault."""
    with pytest.raises(CheckFault) as caught:
        run("good", grade_id)
    assert says in caught.value.message
    assert caught.value.grade_id == grade_id


def test_a_fault_names_the_line_for_staff(run: Run) -> None:
    """The traceback of the wrong check is kept: the author's lines of it, no others."""
    with pytest.raises(CheckFault) as caught:
        run("faulty")
    assert "undefined_name" in caught.value.traceback_text
    assert caught.value.traceback_text.count("File ") == 1
    assert caught.value.name == "test_typing_mistake"


def test_a_lost_process_earns_nothing(run: Run) -> None:
    """No check is run; each says why."""
    results = run(
        "good",
        "faulty",
        lost=dict.fromkeys(("good", "faulty"), "the memory ran out"),
        lost_verdict="limit",
    )
    assert {(r.verdict, r.message) for r in results} == {("limit", "the memory ran out")}
    assert len(results) == 6
