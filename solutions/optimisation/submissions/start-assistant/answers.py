# %% grade_id="penalty_answer"
def penalty_gradients(w, strength: float, examples: int = 1):
    """Compute the gradients of the L1 and L2 penalties.

    Returns:
        tuple: (l1_gradient, l2_gradient), each with the shape of w.
    """
    if strength < 0:
        raise ValueError("strength must be non-negative")
    l1 = torch.zeros_like(w)
    l2 = torch.zeros_like(w)
    for index in np.ndindex(*w.shape):
        value = w[index].item()
        if value > 0:
            l1[index] = strength / (2 * examples)
        elif value < 0:
            l1[index] = -strength / (2 * examples)
        l2[index] = strength / examples * value
    return l1, l2


# %% grade_id="zero_start_answer"
zero_start = "B"


# %% grade_id="stuck_loss_answer"
stuck_loss_two, stuck_loss_ten = (-math.log(1 / k) for k in (2, 10))
