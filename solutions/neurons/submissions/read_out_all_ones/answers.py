# %% grade_id="read_out_answer"
xor_read_out = (1, 1, 0)
