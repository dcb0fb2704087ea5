# %% grade_id="zero_start_answer"
zero_start = ["a", "b", "c", "d"]
