# %% grade_id="filter_answer"
first_layer_parameters, deep_layer_parameters, dense_layer_parameters = 9409, 1179649, 4816897
