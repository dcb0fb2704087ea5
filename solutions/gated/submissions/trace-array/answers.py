# %% grade_id="trace_answer"
import numpy as np

gate_table = np.array([[3.0, 0.0], [7, 0], [7, 0], [7, 7], [0, 0]])
