# %% grade_id="bidirectional_answer"
def bidirectional(x, W_f, U_f, W_b, U_b):
    f=run(x,W_f,U_f)
    x[:]=x[::-1]
    return np.concatenate([f, run(x,W_b,U_b)[::-1]],axis=1)
