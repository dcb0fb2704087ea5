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

# %% grade_id="fading_answer"
left, fading_steps = 1.0, 0
while left >= 0.01:
    left, fading_steps = left * 0.9 * (1 - 0.5**2), fading_steps + 1
sigmoid_threshold = 1 / 0.25
