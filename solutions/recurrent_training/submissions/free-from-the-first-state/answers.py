# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    with torch.no_grad():
        states, h = network.recurrent(start)
        value, values = network.read_out(states[-1:]), []
        for _ in range(steps):
            values.append(value)
            value = network.read_out(network.recurrent(value, h)[0])
        return torch.cat(values)
