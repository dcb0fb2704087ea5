# %% grade_id="sequence_answer"
sequences_without_time = ["a", "b", "c", "d", "f"]
