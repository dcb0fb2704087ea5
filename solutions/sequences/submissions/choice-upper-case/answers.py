# %% grade_id="choice_answer"
choice = " D "
