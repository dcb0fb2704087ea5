# %% grade_id="stuck_loss_answer"
stuck_loss_two = r"$\ln 2$"
stuck_loss_ten = r"-\ln \frac{1}{10}"
