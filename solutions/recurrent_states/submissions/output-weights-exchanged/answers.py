# %% grade_id="first_output_answer"
first_output = "1/(1 + exp(-(w_out/(1 + exp(-(w*x1 + w_in*s0 + b))) + c)))"
