# %% grade_id="tanh_slope_answer"
tanh_slope_formula = "2*exp(-2*a)/(1 + exp(-2*a))**2"
