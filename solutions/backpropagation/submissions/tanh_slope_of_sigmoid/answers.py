# %% grade_id="tanh_slope_answer"
tanh_slope_formula = "h*(1 - h)"
