# %% grade_id="worked_step_answer"
worked_forward = {"a1": 1, "h1": 0.7311, "a2": -1.5, "h2": 0.1824, "y": 1.9135}
worked_output_weights = {"v0": 1, "v1": 0.9332, "v2": 0.9833}
worked_hidden_weights = {
    "w10": 0, "w11": 0.9910, "w12": 0.9910, "w20": -2, "w21": -0.0068, "w22": 0.9932,
}
