"""The code of ours inside the sandbox: runs the notebook and serves its namespace."""
