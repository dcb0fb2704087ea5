# %% grade_id="gate_trace_answer"
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gate_trace(inputs, weight, bias):
    memory, rows = 0.0, []
    for x1, x2, x3 in inputs:
        gate = sigmoid(weight * x2 - bias)
        memory = gate * memory + gate * x1
        rows.append((memory, sigmoid(weight * x3 - bias) * memory))
    return rows
