# %% grade_id="trace_answer"
trace = [(3, 0), (7, 0), (7, 0), (0, 7), (0, 0)]
