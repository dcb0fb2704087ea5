# %% grade_id="stuck_loss_answer"
stuck_loss_two = 0.5
stuck_loss_ten = 0.1
