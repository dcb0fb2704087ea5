# %% grade_id="third_weight_answer"
third_weight = "D"

# %% grade_id="first_output_answer"
first_output = r"y_1 = \frac{1}{1 + \exp(-(w_out \cdot \frac{1}{1 + \exp(-(w_in x1 + w s0 + b))} + c))}"

# %% grade_id="modes_answer"
task_modes = {}
for mode, tasks in {
    "A": ["digit"],
    "B": ["caption", "melody"],
    "C": ["review", "rain"],
    "D": ["translation"],
    "E": ["frames"],
}.items():
    for task in tasks:
        task_modes[task] = mode

# %% grade_id="sequence_answer"
sequences_without_time = {"f", "b", "c"}
