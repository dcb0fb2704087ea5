# %% grade_id="sigmoid_slope_answer"
sigmoid_slope_formula = "exp(-a)/(1 + exp(-a))"
