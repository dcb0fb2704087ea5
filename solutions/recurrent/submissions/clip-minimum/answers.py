# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    norm = float((gradient**2).sum()) ** 0.5
    return gradient * min(1.0, threshold / max(norm, 1e-12))
