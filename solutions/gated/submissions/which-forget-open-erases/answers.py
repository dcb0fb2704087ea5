# %% grade_id="which_gate_answer"
acting_gates = {"movie": "c", "jane": "c", "john": "a", "very": "b", "bracket": "d", "wait": "f", "verb": "e"}
