# %% grade_id="third_weight_answer"
third_weight = ["d"]

# %% grade_id="first_output_answer"
import sympy

x1, s0, w_in, w, w_out, b, c = sympy.symbols("x1 s0 w_in w w_out b c")


def squash(a):
    return (1 + sympy.tanh(a / 2)) / 2


first_output = squash(w_out * squash(w_in * x1 + w * s0 + b) + c)

# %% grade_id="modes_answer"
task_modes = {"digit": "a"}
task_modes["caption"] = task_modes["melody"] = "(b)"
task_modes["review"] = task_modes["rain"] = "c)"
task_modes["translation"] = "d."
task_modes["frames"] = " e "

# %% grade_id="sequence_answer"
sequences_without_time = "b, c, f"

# %% grade_id="fading_answer"
fading_steps = sympy.ceiling(sympy.log(0.01) / sympy.log(0.675))
sigmoid_threshold = sympy.Integer(4)
