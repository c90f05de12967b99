"""Settings of the experiment."""
SEED = 21
POINTS = 40
LENGTH = 0.7
NOISE = 0.1
