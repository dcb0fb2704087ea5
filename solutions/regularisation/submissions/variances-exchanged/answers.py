# %% grade_id="variances_answer"
normalised_nine = 4 / math.sqrt(13)
running_variance = 0.9 + 0.1 * 26 / 3
