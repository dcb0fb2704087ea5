# %% grade_id="gated_counts_answer"
lstm_count = 4 * 256 * 129
gru_count = 3 * 256 * 129
library_count = 4 * 256 * 130
peephole_count = 768
