# %% grade_id="which_gate_answer"
acting_gates = ["d", "d", "a", "b", "c", "f", "e"]
