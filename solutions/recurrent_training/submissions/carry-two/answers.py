# %% grade_id="carry_answer"
lowest_first = ["a", "c"]
