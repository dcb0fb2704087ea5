# %% grade_id="adam_first_answer"
first_step_corrected = -0.001
first_step_plain = -0.00316228
