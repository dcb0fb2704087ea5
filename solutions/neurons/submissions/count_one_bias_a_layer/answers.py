# %% grade_id="parameters_answer"
digits_network_parameters = 784 * 100 + 1 + 100 * 10 + 1
photo_network_parameters = 196_608 * 100 + 1 + 100 + 1
