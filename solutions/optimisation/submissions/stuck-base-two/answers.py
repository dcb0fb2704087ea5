# %% grade_id="stuck_loss_answer"
stuck_loss_two = 1
stuck_loss_ten = 3.3219
