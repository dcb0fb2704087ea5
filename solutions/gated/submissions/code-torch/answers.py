# %% grade_id="gate_trace_answer"
import torch


def gate_trace(inputs, weight, bias):
    x = torch.tensor(inputs, dtype=torch.float64).reshape(-1, 3)
    i, f = torch.sigmoid(weight * x[:, 1] - bias), torch.sigmoid(weight * x[:, 1] + bias)
    o = torch.sigmoid(weight * x[:, 2] - bias)
    memory, rows = torch.zeros((), dtype=torch.float64), torch.zeros(len(x), 2, dtype=torch.float64)
    for t in range(len(x)):
        memory = f[t] * memory + i[t] * x[t, 0]
        rows[t, 0], rows[t, 1] = memory, o[t] * memory
    return rows
