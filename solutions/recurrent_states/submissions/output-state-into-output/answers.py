# %% grade_id="first_output_answer"
first_output = "1/(1 + exp(-(w_out/(1 + exp(-(w_in*x1 + b))) + w*s0 + c)))"
