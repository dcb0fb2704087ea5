# %% grade_id="which_gate_answer"
keys = "movie jane john very bracket wait verb".split()
acting_gates = {key: letter for key, letter in zip(keys, "DDABCFE", strict=True)}
