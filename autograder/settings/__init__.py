"""How settings are read: one file, environment variables, every mistake in one message."""
