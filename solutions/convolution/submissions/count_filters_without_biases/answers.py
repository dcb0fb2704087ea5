# %% grade_id="filter_answer"
first_layer_parameters, deep_layer_parameters, dense_layer_parameters = 9408, 1179648, 4816896
