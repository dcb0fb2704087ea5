# %% grade_id="neuron_slopes_answer"
neuron_weight_slope = "(t - h)*h*(1 - h)*x"
neuron_bias_slope = "(t - h)*h*(1 - h)"
