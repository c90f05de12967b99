"""What is worked for once a repository runs: the paper's own requirements."""
