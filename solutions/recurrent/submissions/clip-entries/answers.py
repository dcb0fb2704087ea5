# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    return gradient.clamp(-threshold, threshold)
