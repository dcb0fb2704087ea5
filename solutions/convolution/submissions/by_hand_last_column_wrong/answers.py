# %% grade_id="by_hand_answer"
sharpened_rows = [(89, 111, 111), (85, 111, 111), (98, 117, 117)]
