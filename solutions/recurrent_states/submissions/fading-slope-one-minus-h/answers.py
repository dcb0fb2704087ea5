# %% grade_id="fading_answer"
fading_steps = 6
sigmoid_threshold = 4
