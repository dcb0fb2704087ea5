# %% grade_id="which_gate_answer"
acting_gates = {"movie": "f", "jane": "f", "john": "a", "very": "b", "bracket": "e", "wait": "d", "verb": "c"}
