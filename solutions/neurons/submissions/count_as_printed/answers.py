# %% grade_id="parameters_answer"
digits_network_parameters = 79_510
photo_network_parameters = 19_660_900
