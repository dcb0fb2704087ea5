# %% grade_id="perceptron_answer"
trained_at_rate_one = [(0, 0.5, 0.75, -0.25, 0.125), (1.625, 0.8355, 0.4055, -0.5945, 0.0102)]
trained_at_rate_half = trained_at_rate_one
