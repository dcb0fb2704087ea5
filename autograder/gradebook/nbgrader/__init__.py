"""nbgrader's plug-ins: what it loads by name from its configuration."""
