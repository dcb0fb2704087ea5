# %% grade_id="start_bounds_answer"
xavier_uniform_bound = 0.2
he_normal_deviation = math.sqrt(2 / 50)
