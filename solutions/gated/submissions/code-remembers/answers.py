# %% grade_id="gate_trace_answer"
def sigmoid(a):
    return 1 / (1 + math.exp(-a))


memory = 0.0


def gate_trace(inputs, weight, bias):
    global memory
    rows = []
    for x1, x2, x3 in inputs:
        memory = sigmoid(weight * x2 + bias) * memory + sigmoid(weight * x2 - bias) * x1
        rows.append((memory, sigmoid(weight * x3 - bias) * memory))
    return rows
