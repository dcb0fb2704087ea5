# %% grade_id="corner_answer"
last_corner = 113
