# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    if gradient.norm() > threshold:
        return gradient * threshold
    return gradient
