# %% grade_id="third_weight_answer"
OPTIONS = {"a", "b", "c", "d", "e"}
chosen: str = "d"
if chosen not in OPTIONS:
    raise ValueError(f"unknown option {chosen!r}")
third_weight = chosen

# %% grade_id="first_output_answer"
def _sigmoid_text(argument: str) -> str:
    """Return the sigmoid of a formula, as text."""
    if not isinstance(argument, str):
        raise TypeError("argument must be a str")
    return f"exp({argument})/(exp({argument}) + 1)"


hidden_text = _sigmoid_text("b + s0*w + x1*w_in")
first_output = _sigmoid_text(f"w_out*({hidden_text}) + c")

# %% grade_id="modes_answer"
from typing import Final

MODE_OF_TASK: Final[dict[str, str]] = dict(
    digit="a",
    caption="b",
    melody="b",
    review="c",
    rain="c",
    translation="d",
    frames="e",
)
assert set(MODE_OF_TASK.values()) == set("abcde"), "every mode occurs"
task_modes = dict(MODE_OF_TASK)

# %% grade_id="sequence_answer"
has_order = {"a": True, "b": True, "c": True, "d": True, "e": False, "f": True}
by_time = {"a", "d"}
sequences_without_time = tuple(k for k, v in has_order.items() if v and k not in by_time)

# %% grade_id="fading_answer"
import math as _math


def _steps_until(threshold: float, factor: float) -> int:
    """Smallest n with factor ** n < threshold."""
    if not 0 < factor < 1:
        raise ValueError("the factor must lie between 0 and 1")
    return _math.ceil(_math.log(threshold) / _math.log(factor))


fading_steps = _steps_until(threshold=0.01, factor=0.9 * (1 - 0.5**2))
sigmoid_threshold = "4.0"
