"""The casino."""
SEED = 5
THROWS = 300
STAY = {"fair": 0.95, "loaded": 0.9}
FACES = {"fair": [1.0 / 6] * 6, "loaded": [0.1] * 5 + [0.5]}
