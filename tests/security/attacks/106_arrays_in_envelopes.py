"""
entries = [10, 106]
tries = "Answer with arrays where numbers and words belong, so that whoever compares them fails instead of us."
stopped_by = "Arrays travel encoded within an answer; an answer that has one in its own fields ends the talk."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
"""
# %% first
import numpy as np
import torch

from autograder.student import server

ENVELOPES = [
    lambda number: {"id": np.array([number, number]), "status": "ok"},
    lambda number: {"id": number, "status": "ok", "cell": torch.arange(2), "outputs": []},
    lambda number: {"id": number, "status": "ok", "outputs": [{"output_type": np.arange(2)}]},
]


def reply(channel, question, answer):
    kind = question.get("seed", question["id"]) % len(ENVELOPES)
    channel.send(ENVELOPES[kind](question["id"]))


server._reply = reply
