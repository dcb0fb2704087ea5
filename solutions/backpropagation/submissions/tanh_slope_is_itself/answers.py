# %% grade_id="tanh_slope_answer"
tanh_slope_formula = "tanh(a)"
