# %% grade_id="choice_answer"
joining_line = '"d"'
