# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    return gradient * threshold / gradient.norm()
