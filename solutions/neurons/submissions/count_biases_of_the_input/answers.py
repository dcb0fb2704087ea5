# %% grade_id="parameters_answer"
digits_network_parameters = 784 + (784 + 1) * 100 + (100 + 1) * 10
photo_network_parameters = 196_608 + (196_608 + 1) * 100 + 101
