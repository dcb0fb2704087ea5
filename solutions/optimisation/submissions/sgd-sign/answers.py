# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    return w - eta * g.sign()
