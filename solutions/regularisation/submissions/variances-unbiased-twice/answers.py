# %% grade_id="variances_answer"
normalised_nine = 4 / math.sqrt(13)
running_variance = 2.2
