# %% grade_id="fading_answer"
fading_steps = 17
sigmoid_threshold = 0.25
