# %% grade_id="trace_answer"
gate_table = {'memory': [3,7,7,7,0], 'output': [0,0,0,7,0]}


# %% grade_id="gate_trace_answer"
import torch
def gate_trace(inputs, weight, bias):
    c=torch.tensor(0.0); rows=[]
    for row in inputs:
        x1,x2,x3=torch.tensor(row,dtype=torch.float32)
        c=torch.sigmoid(weight*x2+bias)*c+torch.sigmoid(weight*x2-bias)*x1
        rows.append((c,torch.sigmoid(weight*x3-bias)*c))
    return rows
