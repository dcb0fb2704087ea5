# %% grade_id="penalty_answer"
def penalty_gradients(w, strength, examples=1):
    w = np.asarray(w)
    return strength / (2 * examples) * np.sign(w), strength * w / examples


# %% grade_id="zero_start_answer"
zero_start = " B) "


# %% grade_id="stuck_loss_answer"
stuck_loss_two = "0.6931"
stuck_loss_ten = np.float32(2.3026)
