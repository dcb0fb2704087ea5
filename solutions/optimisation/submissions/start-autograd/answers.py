# %% grade_id="penalty_answer"
def penalty_gradients(w, strength, examples=1):
    slopes = []
    for power in (lambda x: x.abs(), lambda x: x**2):
        x = w.clone().requires_grad_()
        (strength / (2 * examples) * power(x).sum()).backward()
        slopes.append(x.grad)
    return slopes


# %% grade_id="zero_start_answer"
zero_start = ["b"]


# %% grade_id="stuck_loss_answer"
stuck_loss_two = torch.nn.functional.cross_entropy(torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]))
stuck_loss_ten = torch.nn.functional.cross_entropy(torch.zeros(1, 10), torch.tensor([3])).item()
