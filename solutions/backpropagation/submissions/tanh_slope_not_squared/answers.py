# %% grade_id="tanh_slope_answer"
tanh_slope_formula = "1 - h"
