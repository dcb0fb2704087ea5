# %% grade_id="sigmoid_slope_answer"
sigmoid_slope_formula = "-1/(1 + exp(-a))**2"
