# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    return forget.prod(0) / forget.cumprod(0)
