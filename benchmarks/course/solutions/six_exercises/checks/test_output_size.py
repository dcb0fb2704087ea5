"""Output size of a convolution (grade cell `output_size`, 2 points)."""

from autograder.checking import assert_number, points


@points(1)
def test_padding(student):
    assert_number(student.output_size(5, 3, 2, 1), 3)


@points(1)
def test_random_sizes(student, rng):
    for _ in range(4):
        size, kernel = int(rng.integers(16, 64)), int(rng.integers(1, 8))
        stride, padding = int(rng.integers(1, 4)), int(rng.integers(0, 3))
        expected = (size + 2 * padding - kernel) // stride + 1
        assert_number(student.output_size(size, kernel, stride, padding), expected)
