# %% grade_id="stuck_loss_answer"
stuck_loss_two = math.log(0.5)
stuck_loss_ten = math.log(0.1)
