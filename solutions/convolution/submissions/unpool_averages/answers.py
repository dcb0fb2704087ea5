# %% grade_id="unpool_answer"
pooled_rows = [(2.75, 3), (3.25, 3.75)]
unpooled_rows = [(0, 0, 2, 0), (0, 1, 0, 0), (0, 0, 0, 0), (3, 0, 0, 4)]
