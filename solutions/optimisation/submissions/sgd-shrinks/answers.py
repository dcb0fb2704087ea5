# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    return w * (1 - eta * g)
