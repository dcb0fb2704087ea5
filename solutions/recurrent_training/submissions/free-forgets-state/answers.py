# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    with torch.no_grad():
        value, values = network(start)[-1:], []
        for _ in range(steps):
            values.append(value)
            value = network(value)
        return torch.cat(values)
