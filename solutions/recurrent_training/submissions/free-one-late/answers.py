# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    with torch.no_grad():
        states, h = network.recurrent(start)
        value, values = network.read_out(states[-1:]), []
        for _ in range(steps):
            states, h = network.recurrent(value, h)
            value = network.read_out(states)
            values.append(value)
        return torch.cat(values)
