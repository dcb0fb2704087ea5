# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    for t in reversed(range(len(forget) - 1)):
        forget[t] = forget[t] * forget[t + 1]
    forget[:-1] = forget[1:].clone()
    forget[-1] = 1
    return forget
