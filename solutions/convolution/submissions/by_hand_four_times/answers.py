# %% grade_id="by_hand_answer"
sharpened_rows = [(-10, 8, 0), (-13, 7, -1), (-3, 11, 9)]
