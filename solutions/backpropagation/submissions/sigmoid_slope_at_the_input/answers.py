# %% grade_id="sigmoid_slope_answer"
sigmoid_slope_formula = "a*(1 - a)"
