# %% grade_id="word_sizes_answer"
embedding_weights = 9_000_000
word2vec_weights = 18_000_000
neighbour_table = 60_000
recurrent_weights = 18_090_000
