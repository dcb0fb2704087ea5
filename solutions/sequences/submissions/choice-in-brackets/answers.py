# %% grade_id="choice_answer"
joining_line = '(d)'


# %% grade_id="bidirectional_answer"
def bidirectional(x, W_f, U_f, W_b, U_b):
    fs=run(x,W_f,U_f).tolist(); bs=run(x[::-1],W_b,U_b).tolist()[::-1]
    return [f+b for f,b in zip(fs,bs)]
