# %% grade_id="gate_trace_answer"
import numpy as np


def gate_trace(inputs, weight, bias):
    """Return the rows as an array (T, 2): each memory as a sum over all values kept since."""
    if not isinstance(weight, (int, float)) or not isinstance(bias, (int, float)):
        raise TypeError("weight and bias must be numbers")
    x1, x2, x3 = np.asarray(inputs, dtype=float).reshape(-1, 3).T
    i, f, o = (1 / (1 + np.exp(-a)) for a in (weight * x2 - bias, weight * x2 + bias, weight * x3 - bias))
    memory = [sum(i[k] * x1[k] * f[k + 1 : t + 1].prod() for k in range(t + 1)) for t in range(len(x1))]
    return np.stack([memory, o * memory], axis=1)
