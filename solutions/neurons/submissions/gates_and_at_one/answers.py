# %% grade_id="gate_weights"
and_weights = (1, 1, -1)
or_weights = (1, 1, -1)
