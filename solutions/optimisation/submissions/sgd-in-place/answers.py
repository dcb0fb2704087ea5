# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    w -= eta * g
    return w
