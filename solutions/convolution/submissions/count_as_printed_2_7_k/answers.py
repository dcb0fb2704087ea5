# %% grade_id="filter_answer"
first_layer_parameters = 2700
deep_layer_parameters = 1180160
dense_layer_parameters = 4821600
