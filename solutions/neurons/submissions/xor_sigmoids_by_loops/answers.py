# %% grade_id="xor_sigmoids_answer"
def xor_sigmoids(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Evaluate the fixed XOR network.

    Args:
        x: Inputs of shape (B, 2).

    Returns:
        Hidden outputs (B, 2) and outputs (B,).
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"expected shape (B, 2), got {x.shape}")

    def sigmoid(a: float) -> float:
        if a >= 0:
            return 1.0 / (1.0 + math.exp(-a))
        e = math.exp(a)
        return e / (1.0 + e)

    hidden = np.zeros((len(x), 2))
    output = np.zeros(len(x))
    for i, (x1, x2) in enumerate(x):
        hidden[i, 0] = sigmoid(20 * x1 + 20 * x2 - 10)
        hidden[i, 1] = sigmoid(-20 * x1 - 20 * x2 + 30)
        output[i] = sigmoid(20 * hidden[i, 0] + 20 * hidden[i, 1] - 30)
    return hidden, output
