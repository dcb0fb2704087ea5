# %% grade_id="gate_trace_answer"
def half(a):
    return (1 + math.tanh(a / 2)) / 2


def gate_trace(inputs, weight, bias, memory=0.0):
    if not len(inputs):
        return []
    (x1, x2, x3), *rest = inputs
    memory = half(weight * x2 + bias) * memory + half(weight * x2 - bias) * x1
    return [[memory, half(weight * x3 - bias) * memory], *gate_trace(rest, weight, bias, memory)]
