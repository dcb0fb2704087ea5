# %% grade_id="fading_answer"
fading_steps = 12
sigmoid_threshold = 1
