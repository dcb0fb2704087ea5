"""One memory cell, gate by gate

The trace of the LSTM lecture over five steps: inputs (3, 1, 0), (4, 1, 0), (2, 0, 0), (1, 0, 1),
(3, −1, 0). With ideal gates the memory is 3, 7, 7, 7, 0: written, added to, kept, shown, erased.
With sigmoids of weight 4 and bias 2 the gates leak, and the memory is only near these numbers.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from reference.gated import TRACE_INPUTS, gate_trace


def figure() -> Figure:
    """Draw gates, memory and output over the five steps, once for each kind of gate."""
    picture, grid = plt.subplots(2, 2, figsize=(8.5, 4.6), sharex=True, sharey="row")
    steps = range(1, 6)
    for column, kind in enumerate(("ideal", "sigmoid")):
        rows = gate_trace(gates=kind)
        top, bottom = grid[:, column]
        for name, mark in (("input_gate", "o"), ("forget_gate", "s"), ("output_gate", "^")):
            values = [getattr(row, name) for row in rows]
            top.plot(steps, values, marker=mark, alpha=0.8, label=name.replace("_", " "))
        bottom.bar(steps, [row.memory for row in rows], 0.6, alpha=0.4, label="memory")
        bottom.plot(steps, [row.output for row in rows], "k_", ms=18, mew=2, label="output")
        top.set(title=f"{kind} gates", ylabel="open" if column == 0 else "")
        bottom.set(xlabel="input", ylabel="value" if column == 0 else "")
        bottom.set_xticks(list(steps), [str(x) for x in TRACE_INPUTS], fontsize=8)
    grid[0, 0].legend(fontsize=8)
    grid[1, 0].legend(fontsize=8, loc="upper left")
    picture.tight_layout()
    return picture
