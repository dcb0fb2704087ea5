# %% grade_id="trace_answer"
gate_table = [(3, 0), (7, 0), (7, 0), (7, 7)]
