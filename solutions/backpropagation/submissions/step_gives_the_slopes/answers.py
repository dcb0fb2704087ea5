# %% grade_id="worked_step_answer"
worked_forward = {"a1": 1, "h1": 0.7311, "a2": -1.5, "h2": 0.1824, "y": 1.9135}
worked_output_weights = {"v0": 0.9135, "v1": 0.6678, "v2": 0.1667}
worked_hidden_weights = {
    "w10": 0.1796, "w11": 0.0898, "w12": 0.0898, "w20": 0.1362, "w21": 0.0681, "w22": 0.0681,
}
