# %% grade_id="gate_trace_answer"
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gate_trace(inputs, weight, bias):
    memory, rows = 0.0, []
    for x1, x2, x3 in inputs:
        i = sigmoid(weight * x2 - bias)
        memory = (1 - i) * memory + i * x1
        rows.append((memory, sigmoid(weight * x3 - bias) * memory))
    return rows
