# %% grade_id="unpool_answer"
pooled_rows = [(5, 6, 6), (5, 5, 2), (7, 4, 8)]
unpooled_rows = [(0, 0, 2, 0), (0, 1, 0, 0), (0, 0, 0, 0), (3, 0, 0, 0)]
