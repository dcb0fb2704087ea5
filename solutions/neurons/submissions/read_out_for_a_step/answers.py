# %% grade_id="read_out_answer"
xor_read_out = (1, -2, -0.5)
