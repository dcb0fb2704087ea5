# %% grade_id="hidden_space_answer"
xor_hidden_table = {"h1": [0, 1, 1, 2], "h2": [0, 0, 0, 1]}


# %% grade_id="read_out_answer"
xor_read_out = [1.0, -2.0, 0.0]


# %% grade_id="xor_sigmoids_answer"
def xor_sigmoids(x):
    either = neuron_output(x, np.array([20, 20]), -10, "sigmoid")
    not_both = neuron_output(x, np.array([-20, -20]), 30, "sigmoid")
    hidden = np.column_stack((either, not_both))
    return [hidden, neuron_output(hidden, np.array([20, 20]), -30, "sigmoid")]


# %% grade_id="xor_signs_answer"
xor_sign_formula = "h1-h2-1"
xor_sign_table = [
    ("-1/2", "-1", "-3/2", "-1", "-1", "-1"),
    ("1/2", "1", "-1/2", "-1", "1", "1"),
    ("1/2", "1", "-1/2", "-1", "1", "1"),
    ("3/2", "1", "1/2", "1", "-1", "-1"),
]
