# %% grade_id="bidirectional_answer"
def bidirectional(x, W_f, U_f, W_b, U_b):
    return np.concatenate([run(x, W_f, U_f), run(x, W_b, U_b)], axis=1)
