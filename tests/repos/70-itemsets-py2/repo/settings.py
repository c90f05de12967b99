"""What the run is made with."""
SEED = 5
BASKETS = 400
SUPPORT = 0.2
CONFIDENCE = 0.7
