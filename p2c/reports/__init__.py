"""A report and a journal become something to look at."""
