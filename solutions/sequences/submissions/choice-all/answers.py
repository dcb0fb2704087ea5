# %% grade_id="choice_answer"
choice = ["a", "b", "c", "d"]
