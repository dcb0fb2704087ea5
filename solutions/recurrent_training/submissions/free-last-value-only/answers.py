# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    with torch.no_grad():
        value, h, values = start[-1:], None, []
        for _ in range(steps):
            states, h = network.recurrent(value, h)
            value = network.read_out(states)
            values.append(value)
        return torch.cat(values)
