# %% grade_id="which_gate_answer"
acting_gates = {"movie": "d", "jane": "a", "john": "a", "very": "b", "bracket": "c", "wait": "f", "verb": "e"}
