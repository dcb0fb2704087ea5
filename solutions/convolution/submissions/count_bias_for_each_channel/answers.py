# %% grade_id="filter_answer"
first_layer_parameters = 64 * 3 * (49 + 1)
deep_layer_parameters = 512 * 256 * (9 + 1)
dense_layer_parameters = 4704 * 1025
