# %% grade_id="sigmoid_peak_answer"
ten_sigmoids = "d"
