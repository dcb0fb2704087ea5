# %% grade_id="bidirectional_answer"
def bidirectional(x, W_f, U_f, W_b, U_b):
    return np.concatenate([run(x, W_f, U_f), run(x[::-1], W_f, U_f)[::-1]], axis=1)
