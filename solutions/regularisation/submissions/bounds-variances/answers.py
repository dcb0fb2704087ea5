# %% grade_id="start_bounds_answer"
xavier_uniform_bound = 2 / 150
he_normal_deviation = 2 / 100
