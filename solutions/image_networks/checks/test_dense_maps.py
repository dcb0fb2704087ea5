"""Maps in a dense block (grade cell `dense_maps`, 2 points).

Source: S4, DenseNet: growth rate.
"""

from autograder.checking import assert_number, hint, points
from reference.image_networks import DenseBlock

UNITS = {"": 1, "maps": 1}


@points(1)
@hint("How many layers have laid their maps there before the last one looks?")
def test_seen_by_the_last_layer(student):
    """64 and five times 32."""
    assert_number(
        student["maps_seen"],
        DenseBlock(64, 5, 32).out_channels,
        unit=UNITS,
        what="maps_seen",
        why={
            256: "the last layer does not see its own maps.",
            32: "a layer sees the maps of all layers before it, not of the last one only.",
            160: "the maps that came into the block are seen, too.",
            64: "that is what the first layer sees.",
            96: "that is what the second layer sees.",
        },
    )


@points(1)
@hint("Every layer adds k maps to those that are there. What was there at first?")
def test_out_of_the_block(student):
    """64 and six times 32."""
    assert_number(
        student["maps_out"],
        DenseBlock(64, 6, 32).out_channels,
        unit=UNITS,
        what="maps_out",
        why={
            192: "the maps that came into the block go on as well.",
            224: "one layer is missing.",
            32: "those are the maps of one layer.",
            384: "a layer makes k maps, however many it sees.",
            64: "a dense block adds no maps up; it lays them beside each other.",
        },
    )
