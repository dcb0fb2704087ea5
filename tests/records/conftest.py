"""The tiny course of the batch's tests."""

from ..batch.conftest import layout, manifest  # noqa: F401  # fixtures here, too
