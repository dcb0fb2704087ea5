# %% grade_id="parameters_answer"
digits_network_parameters = 784 * 100 + 100 * 10
photo_network_parameters = 196_608 * 100 + 100
