# %% grade_id="which_gate_answer"
acting_gates = {"movie": "d", "jane": "d", "john": "a", "very": "b", "bracket": "c", "wait": "f"}
