# %% grade_id="bottleneck_answer"
products_direct, products_bottleneck, weights_bottleneck = 576000, 26880, 26880
