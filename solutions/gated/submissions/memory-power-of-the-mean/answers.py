# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    T = len(forget)
    return torch.stack([forget.mean(0) ** (T - 1 - t) for t in range(T)])
