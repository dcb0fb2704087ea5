# %% grade_id="shift_answer"
moved_dot = "a"
