# %% grade_id="bottleneck_answer"
products_direct, products_bottleneck, weights_bottleneck = 112896000, 3763200, 19200
