# %% grade_id="start_bound_answer"
def uniform_start_bound(shape, scheme="xavier"):
    window = 1
    n_out, n_in = shape[0] * window, shape[1] * window
    if scheme == "xavier":
        return math.sqrt(6 / (n_in + n_out))
    if scheme == "he":
        return math.sqrt(6 / n_in)
    raise ValueError("no such scheme")
