# %% grade_id="bptt_answer"
def bptt(x, target, W, U, V):
    weights = [weight.to(torch.complex128) for weight in (W, U, V)]

    def error():
        _, y = forward(x.to(torch.complex128), *weights)
        return ((y - target) ** 2).sum() / 2

    gradients = []
    for weight in weights:
        gradient = torch.zeros(weight.shape, dtype=W.dtype)
        for i in range(weight.shape[0]):
            for j in range(weight.shape[1]):
                weight[i, j] += 1e-30j
                gradient[i, j] = error().imag / 1e-30
                weight[i, j] -= 1e-30j
        gradients.append(gradient)
    return gradients
