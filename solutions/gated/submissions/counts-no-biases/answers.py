# %% grade_id="gated_counts_answer"
lstm_count = 4 * 256 * 384
gru_count = 3 * 256 * 384
library_count = 4 * 256 * 384
peephole_count = 768
