# %% grade_id="read_out_answer"
xor_read_out = (0, 1, -2)
