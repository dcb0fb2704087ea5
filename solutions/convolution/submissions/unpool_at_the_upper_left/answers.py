# %% grade_id="unpool_answer"
pooled_rows = [(5, 6), (7, 8)]
unpooled_rows = [(1, 0, 2, 0), (0, 0, 0, 0), (3, 0, 4, 0), (0, 0, 0, 0)]
