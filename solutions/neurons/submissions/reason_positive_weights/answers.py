# %% grade_id="why_not_answer"
why_not_xor = "e)"
