# %% grade_id="trace_answer"
trace = [(3, 0), (4, 0), (4, 0), (4, 4), (0, 0)]
