# %% grade_id="continue_answer"
def continue_series(network, start, steps):
    with torch.no_grad():
        whole = start
        for _ in range(steps):
            whole = torch.cat([whole, network(whole)[-1:]])
        return whole
