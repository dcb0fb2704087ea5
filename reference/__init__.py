"""Every model of the course, in PyTorch, exact and readable.

What it guarantees:

- One package per family, one module per system; the table is in `reference/README.md`.
- The equation stands above its line; the taught parts are written from primitives.
- Importing `reference` imports nothing else: ask for a family, `from reference.gated import
  lstm_step`, or for a system by its name, `reference.registry.find("lstm")`.

What it deliberately does not do: train at import, choose a device, download data, or know how work
is graded.
"""

from reference.errors import ConfigError, ModelError, ShapeError

__all__ = ["ConfigError", "ModelError", "ShapeError"]
