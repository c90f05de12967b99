"""Work for fidelity: from a repository that is proved to run to one that does more of what its paper says."""
