# %% grade_id="by_hand_answer"
sharpened_rows = [(901, 919, 909), (905, 929, 919), (912, 943, 927)]
