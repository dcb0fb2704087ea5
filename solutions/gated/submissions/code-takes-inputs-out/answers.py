# %% grade_id="gate_trace_answer"
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gate_trace(inputs, weight, bias):
    memory, rows = 0.0, []
    while inputs:
        x1, x2, x3 = inputs.pop(0)
        memory = sigmoid(weight * x2 + bias) * memory + sigmoid(weight * x2 - bias) * x1
        rows.append((memory, sigmoid(weight * x3 - bias) * memory))
    return rows
