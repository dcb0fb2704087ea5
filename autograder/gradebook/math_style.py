"""Where the style sheet of formulas lies, for whom the rest of `feedback` is much to load."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MATH_STYLE: Final = Path(__file__).with_name("math.css")
