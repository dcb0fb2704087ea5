# %% grade_id="trace_answer"
gate_table, memory = [], 0
for x1, x2, x3 in inputs:
    if x2 == 1:
        memory += x1
    elif x2 == -1:
        memory = 0
    gate_table.append((memory, memory if x3 == 1 else 0))
