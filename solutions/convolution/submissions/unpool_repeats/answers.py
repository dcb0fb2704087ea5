# %% grade_id="unpool_answer"
pooled_rows = [(5, 6), (7, 8)]
unpooled_rows = [(1, 1, 2, 2), (1, 1, 2, 2), (3, 3, 4, 4), (3, 3, 4, 4)]
