# %% grade_id="unpool_answer"
pooled_rows = [(5, 6), (7, 8)]
unpooled_rows = [(0, 0, 6, 0), (0, 5, 0, 0), (0, 0, 0, 0), (7, 0, 0, 8)]
