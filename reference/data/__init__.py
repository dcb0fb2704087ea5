"""Real data without a download: digits, series, text."""

from reference.data.series import mackey_glass, narma10, sine
from reference.data.text import Vocabulary, shipped_text, words

__all__ = ["Vocabulary", "mackey_glass", "narma10", "shipped_text", "sine", "words"]
