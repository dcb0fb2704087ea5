# %% grade_id="fading_answer"
fading_steps = 44
sigmoid_threshold = 4
