# %% grade_id="gate_weights"
and_weights = (1, 1, -2)
or_weights = (1, 0, -0.5)
