# %% grade_id="dense_answer"
def dense_block(x, filters):
    start = x.shape[1]
    for weight in filters:
        x = torch.cat([x, F.conv2d(F.relu(x), weight, padding=1)], dim=1)
    return x[:, start:]
