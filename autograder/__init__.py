"""gradlab: auto-graded exercises whose verdict student code cannot touch."""
