# %% grade_id="which_gate_answer"
acting_gates = {"movie": "d", "jane": "d", "john": "c", "very": "d", "bracket": "c", "wait": "d", "verb": "c"}
