"""The chain rule (grade cell `chain_rule`, 2 points).

Source: S3, P12 (z = t², t = x + y).
"""

from autograder.checking import assert_symbolic, hint


@hint(
    "How fast does z rise with t, how fast does t rise with x, and what is t in terms of x and y?"
)
def test_derivative_of_z(student):
    """Any form of the right function is right."""
    assert_symbolic(
        student["dz_dx"],
        "2*(x + y)",
        variables="x y",
        what="dz_dx",
        why={
            "(x + y)**2": "that is z itself; asked is how fast it rises.",
            "x + y": "that is t; the derivative of t² has a factor from the exponent.",
            "2*x": "y is part of t, too; a constant that is added before squaring does not vanish.",
            "2*x + y": "expand (x + y)² again: the mixed term is 2xy.",
            "1": "that is dt/dx alone; multiply it by dz/dt.",
            "2*(x + y)**2": "dt/dx is 1, not t: multiply by how fast t rises, not by t itself.",
            "4*(x + y)": "that is the derivative with respect to x plus the one with respect to y.",
        },
    )
