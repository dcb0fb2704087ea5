# %% grade_id="variances_answer"
normalised_nine = 12 / 26
running_variance = 2.2
