# %% grade_id="corner_answer"
last_corner = 5 * 98 - 100 - 99 - 104
