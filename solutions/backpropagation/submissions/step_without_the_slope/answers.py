# %% grade_id="worked_step_answer"
h1, h2 = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(1.5))
error = h1 + h2 + 1 - 1
worked_forward = {"a1": 1, "h1": h1, "a2": -1.5, "h2": h2, "y": h1 + h2 + 1}
worked_output_weights = {"v0": 1 - 0.1 * error, "v1": 1 - 0.1 * error * h1, "v2": 1 - 0.1 * error * h2}
worked_hidden_weights = {
    "w10": -0.1 * error, "w11": 1 - 0.05 * error, "w12": 1 - 0.05 * error,
    "w20": -2 - 0.1 * error, "w21": -0.05 * error, "w22": 1 - 0.05 * error,
}
