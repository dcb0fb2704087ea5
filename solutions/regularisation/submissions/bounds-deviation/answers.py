# %% grade_id="start_bounds_answer"
xavier_uniform_bound = math.sqrt(2 / 150)
he_normal_deviation = math.sqrt(2 / 100)
