"""The checks of one submission: collected once, run for each job, judged."""
