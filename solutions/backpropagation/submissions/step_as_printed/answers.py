# %% grade_id="worked_step_answer"
worked_forward = {"a1": 1, "h1": 0.269, "a2": -1.5, "h2": 0.818, "y": 2.087}
worked_output_weights = {"v0": 1.109, "v1": 1.029, "v2": 1.089}
worked_hidden_weights = {
    "w10": 0.021, "w11": 1.011, "w12": 1.011, "w20": -1.984, "w21": -0.005, "w22": 0.995,
}
