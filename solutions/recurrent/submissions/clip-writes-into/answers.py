# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    n=gradient.norm()
    if n>threshold:
        gradient.mul_(threshold/n)
    return gradient
