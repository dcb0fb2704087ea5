# %% grade_id="filter_answer"
first_layer_parameters = 9472
deep_layer_parameters = 1180160
dense_layer_parameters = 6 * 1025
