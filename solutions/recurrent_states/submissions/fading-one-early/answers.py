# %% grade_id="fading_answer"
fading_steps = 11
sigmoid_threshold = 4
