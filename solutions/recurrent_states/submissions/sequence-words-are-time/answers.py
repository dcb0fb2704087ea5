# %% grade_id="sequence_answer"
sequences_without_time = ["b", "f"]
