"""What people see of a course in a browser: *My work*, and the look that all pages share."""
