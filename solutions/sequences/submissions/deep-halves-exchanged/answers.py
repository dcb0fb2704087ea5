# %% grade_id="deep_bidirectional_answer"
def deep_bidirectional(x, layers):
    for W_f, U_f, W_b, U_b in layers:
        x = np.concatenate([run(x[::-1], W_b, U_b)[::-1], run(x, W_f, U_f)], axis=1)
    return x
