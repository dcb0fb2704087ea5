# %% grade_id="trace_answer"
gate_table = [(3, 0), (4, 0), (4, 0), (4, 4), (0, 0)]
