"""
entries = [39]
tries = "Flood the outputs: text, descriptor 1, displays, one monstrous line, a child that writes on."
stopped_by = "Outputs of a cell are cut at a number of bytes, on both sides of the boundary."
assignment = "sequences"
limits = { output_bytes = 20000 }
says = ["the rest"]
stock = "would harm the machine"
"""
# %% first
import os
import sys

from IPython.display import HTML, display

for _ in range(200):
    print("y" * 10_000)
sys.stdout.write("z" * 5_000_000)
os.write(1, b"w" * 3_000_000)
for _ in range(2_000):
    display(HTML("<p>flood</p>"))

# %% last
from autograder.student import capture

capture.Capture.finish = lambda self: [
    {"output_type": "stream", "name": "stdout", "text": "u" * 1_000_000} for _ in range(10)
]
