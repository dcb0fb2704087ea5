# %% [markdown]
# # Softmax with a temperature
#
# Softmax turns scores into probabilities. The temperature $\tau > 0$ says how sharp they are:
#
# $$ p_i = \frac{\exp(s_i / \tau)}{\sum_j \exp(s_j / \tau)} $$
#
# **Write `softmax`.** The scores have shape `(B, C)`: one row for each sample, one column for each
# class. Every row of the result sums to one. Large scores such as 1000 must work too.

# %% nbgrader={"grade_id": "setup"}
import torch


# %% nbgrader={"grade_id": "softmax_answer", "solution": true}
def softmax(scores, temperature=1.0):
    """Return probabilities (B, C) of scores (B, C)."""
    ### BEGIN SOLUTION
    scaled = scores / temperature
    shifted = scaled - scaled.max(dim=1, keepdim=True).values
    weights = shifted.exp()
    return weights / weights.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade_id": "softmax_code", "grade": true, "points": 4}
came = softmax(torch.tensor([[0.0, 0.0], [0.0, 1.0]]))
expected = torch.tensor([[0.5, 0.5], [0.2689, 0.7311]])
assert torch.is_tensor(came), f"expected a tensor, got {type(came).__name__}"
assert torch.allclose(came, expected, atol=1e-4), f"the example gives\n{came}\nexpected\n{expected}"
print("The example is right. The hidden checks use other shapes, sizes and temperatures.")

# %% [markdown]
# In one or two sentences: what does a very high temperature do to the probabilities, and why?

# %% [markdown] nbgrader={"grade_id": "high_temperature", "grade": true, "solution": true, "points": 2}
# ### BEGIN SOLUTION
# They approach the uniform distribution, because all scaled scores approach zero and so become
# equal. Full marks need both the effect and the reason.
# ### END SOLUTION
