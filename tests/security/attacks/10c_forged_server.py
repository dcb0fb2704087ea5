"""
entries = [10, 48]
tries = "Answer every question of the checks oneself with the right number: a forged namespace server."
stopped_by = "That is allowed and useless: an answer is data, and the data must be right."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
"""
# %% first
import torch

from autograder.student import objects
from autograder.wire.codec import encode

calls = 0


def answer(self, question):
    global calls
    calls += 1
    forged = [
        {"status": "ok", "value": encode(True)},
        {"status": "ok", "value": encode("passed")},
        {"status": "passed", "value": encode(torch.zeros(1)), "verdict": "passed", "points": 3},
        {"status": "ok", "value": b"\xff" * 100},
        {"status": "ok"},
        {"status": "raised", "type": "Passed", "message": "[green]passed[/]", "traceback": 7},
        {"status": 1, "id": question["id"]},
        {"status": "ok", "value": encode({"verdict": "passed"}), "id": 1},
    ]
    return forged[calls % len(forged)]


objects.Objects.answer = answer
