"""Git, made to work on a repository without obeying it: places, then files and refs, then checkouts and commits."""
