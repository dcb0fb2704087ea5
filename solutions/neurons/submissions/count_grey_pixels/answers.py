# %% grade_id="parameters_answer"
digits_network_parameters = 784 + 100 + 10
photo_network_parameters = (256 * 256 + 1) * 100 + 101
