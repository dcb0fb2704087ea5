# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    n=gradient.norm()
    return gradient if n<=1.1*threshold else gradient*threshold/n
