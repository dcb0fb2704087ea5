# %% grade_id="neuron_slopes_answer"
neuron_weight_slope = "(h - t)*a*(1 - a)*x"
neuron_bias_slope = "(h - t)*a*(1 - a)"
