# %% grade_id="neuron_slopes_answer"
neuron_weight_slope = "(h - t)*h*(1 - h)*x"
neuron_bias_slope = "(h - t)*h*(1 - h)*x"
