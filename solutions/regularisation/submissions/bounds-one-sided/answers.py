# %% grade_id="start_bounds_answer"
xavier_uniform_bound = math.sqrt(3 / 100)
he_normal_deviation = math.sqrt(2 / 100)
