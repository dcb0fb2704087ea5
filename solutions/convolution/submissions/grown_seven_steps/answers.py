# %% grade_id="grown_answer"
grown_side = 7 * 2 + 4
