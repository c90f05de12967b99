"""Many papers and repositories: each item is a p2c command in a process of its own, here or on other machines."""
