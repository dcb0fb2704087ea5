# %% grade_id="dense_maps_answer"
maps_seen, maps_out = 64 * 2**5, 64 * 2**6
