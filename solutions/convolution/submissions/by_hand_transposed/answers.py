# %% grade_id="by_hand_answer"
sharpened_rows = [(89, 85, 98), (111, 111, 117), (101, 101, 113)]
