# %% grade_id="bottleneck_answer"
products_direct, products_bottleneck, weights_bottleneck = 112896000, 5268480, 26944
