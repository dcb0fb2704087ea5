"""Plain data across the trust boundary: codec, messages, sessions and limits; no pickle."""
