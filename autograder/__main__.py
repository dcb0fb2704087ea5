"""`python -m autograder` is `gradlab`."""

from autograder.cli import main

main()
