# %% grade_id="first_output_answer"
first_output = "0.3865"
