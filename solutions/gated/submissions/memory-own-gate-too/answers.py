# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    return forget.flip(0).cumprod(0).flip(0)
