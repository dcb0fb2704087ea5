# %% grade_id="dense_maps_answer"
maps_seen, maps_out = 32, 256
