# %% grade_id="read_out_answer"
xor_read_out = (-2, 1, 0)
