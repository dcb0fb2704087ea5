# %% grade_id="worked_step_answer"
worked_forward = {"a1": 1, "h1": 0.7311, "a2": -1.5, "h2": 0.1824, "y": 1.9135}
worked_output_weights = {"v0": 1.0913, "v1": 1.0668, "v2": 1.0167}
worked_hidden_weights = {
    "w10": 0.0180, "w11": 1.0090, "w12": 1.0090, "w20": -1.9864, "w21": 0.0068, "w22": 1.0068,
}
