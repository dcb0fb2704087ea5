# %% grade_id="bottleneck_answer"
products_direct = 14 * 14 * 48 * 25
products_bottleneck = 14 * 14 * 16 + 14 * 14 * 48 * 25
weights_bottleneck = 16 + 48 * 25
