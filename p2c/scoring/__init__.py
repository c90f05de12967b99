"""How faithful a repository is to its paper: what critics say, what a rubric finds, what can be computed."""
