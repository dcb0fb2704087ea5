# %% grade_id="variances_answer"
normalised_nine = 9
running_variance = 2.2
