# %% grade_id="dense_answer"
def dense_block(x, filters):
    for weight in filters:
        x = torch.cat([x, F.relu(F.conv2d(x, weight, padding=1))], dim=1)
    return x
