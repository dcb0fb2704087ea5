# %% grade_id="carry_answer"
lowest_first = "because of the carry"
