# %% grade_id="third_weight_answer"
third_weight = "b"
