# %% grade_id="embedding_choice_answer"
embedding_line = "c"
