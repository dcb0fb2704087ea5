# %% grade_id="stuck_loss_answer"
stuck_loss_two = 0.30103
stuck_loss_ten = 1
