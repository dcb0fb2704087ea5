# %% grade_id="gated_counts_answer"
lstm_count = 3 * 98560
gru_count = 2 * 98560
library_count = 3 * 98816
peephole_count = 768
