# %% grade_id="hidden_space_answer"
xor_hidden_table = [(0, 0), (1, 0), (1, 0), (1, 1)]
