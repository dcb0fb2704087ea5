# %% grade_id="variances_answer"
normalised_nine = 4 / math.sqrt(26 / 3)
running_variance = 0.1 + 0.9 * 13
