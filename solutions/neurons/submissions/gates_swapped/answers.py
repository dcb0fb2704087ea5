# %% grade_id="gate_weights"
and_weights = (1, 1, -0.5)
or_weights = (1, 1, -1.5)
