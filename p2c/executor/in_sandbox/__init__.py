"""What is sent into the sandbox as source: standard library only, Python 3.8 syntax, names that no repository has."""
