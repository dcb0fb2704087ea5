# %% grade_id="gated_counts_answer"
lstm_count = 394240
gru_count = 295680
library_count = 395264
peephole_count = 394240 + 768
