# %% grade_id="dense_answer"
def dense_block(x, filters):
    for weight in filters:
        x = torch.cat([F.conv2d(F.relu(x), weight, padding=1), x], dim=1)
    return x
