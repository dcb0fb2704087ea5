# %% grade_id="bottleneck_answer"
products_direct, products_bottleneck, weights_bottleneck = 112.9e6, 5.3e6, 26880
