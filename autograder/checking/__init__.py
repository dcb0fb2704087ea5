"""What a check author imports: `from autograder.checking import points, hint, assert_close`.

Names are imported when they are first asked for: the grader's own process needs only `CheckJob`,
`read_answer` and `check_names`, and must not load torch for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking.agreement import assert_agrees, assert_parts, assert_walk
    from autograder.checking.boundaries import SHAPES, SIZES, around, kinds
    from autograder.checking.calling import assert_unchanged, called_twice, ways_to_call
    from autograder.checking.choice import assert_choice
    from autograder.checking.compare import assert_close, assert_tensor, dtype_of, unpack
    from autograder.checking.errors import (
        AuthorError,
        CheckFault,
        CheckingError,
        CheckOverrun,
        JobError,
        StudentError,
        WrongAnswer,
    )
    from autograder.checking.listing import CheckInfo, ListingError, check_names
    from autograder.checking.made import Made
    from autograder.checking.marks import hint, points
    from autograder.checking.number import assert_number
    from autograder.checking.raising import assert_raises
    from autograder.checking.ready_made import AUTOGRAD, CONVOLUTION
    from autograder.checking.remote import RemoteObject
    from autograder.checking.running.job import CheckAnswer, CheckJob, CheckResult, read_answer
    from autograder.checking.source import assert_not_used
    from autograder.checking.student import Student
    from autograder.checking.symbolic import assert_symbolic
    from autograder.checking.tolerance import EXACT, FLOAT32, FLOAT64, GRADIENT, Tolerance, rounded
    from autograder.checking.trace import assert_trace
    from autograder.checking.trained import assert_trained, copy_weights

_MODULES = {
    "SHAPES": "boundaries",
    "SIZES": "boundaries",
    "around": "boundaries",
    "kinds": "boundaries",
    "assert_agrees": "agreement",
    "assert_parts": "agreement",
    "assert_unchanged": "calling",
    "assert_walk": "agreement",
    "called_twice": "calling",
    "ways_to_call": "calling",
    "AUTOGRAD": "ready_made",
    "CONVOLUTION": "ready_made",
    "dtype_of": "compare",
    "assert_choice": "choice",
    "assert_close": "compare",
    "assert_tensor": "compare",
    "unpack": "compare",
    "AuthorError": "errors",
    "CheckFault": "errors",
    "CheckOverrun": "errors",
    "CheckingError": "errors",
    "JobError": "errors",
    "StudentError": "errors",
    "WrongAnswer": "errors",
    "CheckAnswer": "running.job",
    "CheckJob": "running.job",
    "CheckResult": "running.job",
    "read_answer": "running.job",
    "CheckInfo": "listing",
    "ListingError": "listing",
    "check_names": "listing",
    "Made": "made",
    "hint": "marks",
    "points": "marks",
    "assert_number": "number",
    "assert_raises": "raising",
    "assert_not_used": "source",
    "RemoteObject": "remote",
    "Student": "student",
    "assert_symbolic": "symbolic",
    "EXACT": "tolerance",
    "FLOAT32": "tolerance",
    "FLOAT64": "tolerance",
    "GRADIENT": "tolerance",
    "Tolerance": "tolerance",
    "rounded": "tolerance",
    "assert_trace": "trace",
    "assert_trained": "trained",
    "copy_weights": "trained",
}

__all__ = [
    "AUTOGRAD",
    "CONVOLUTION",
    "EXACT",
    "FLOAT32",
    "FLOAT64",
    "GRADIENT",
    "SHAPES",
    "SIZES",
    "AuthorError",
    "CheckAnswer",
    "CheckFault",
    "CheckInfo",
    "CheckJob",
    "CheckOverrun",
    "CheckResult",
    "CheckingError",
    "JobError",
    "ListingError",
    "Made",
    "RemoteObject",
    "Student",
    "StudentError",
    "Tolerance",
    "WrongAnswer",
    "around",
    "assert_agrees",
    "assert_choice",
    "assert_close",
    "assert_not_used",
    "assert_number",
    "assert_parts",
    "assert_raises",
    "assert_symbolic",
    "assert_tensor",
    "assert_trace",
    "assert_trained",
    "assert_unchanged",
    "assert_walk",
    "called_twice",
    "check_names",
    "copy_weights",
    "dtype_of",
    "hint",
    "kinds",
    "points",
    "read_answer",
    "rounded",
    "unpack",
    "ways_to_call",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
