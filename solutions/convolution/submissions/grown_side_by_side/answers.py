# %% grade_id="grown_answer"
grown_side = 28
