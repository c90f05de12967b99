"""Entry point."""
import json
import os
import random

import settings
from model import Casino


def throw_dice(seed):
    """Simulate states and throws."""
    rng = random.Random(seed)
    state, states, throws = "fair", [], []
    for _ in xrange(settings.THROWS):
        states.append(state)
        throws.append(rng.choices(range(6), settings.FACES[state])[0])
        if rng.random() > settings.STAY[state]:
            state = "loaded" if state == "fair" else "fair"
    return states, throws


def main():
    """Decode and write."""
    states, throws = throw_dice(settings.SEED)
    try:
        path, value = Casino(settings.STAY, settings.FACES).decode(throws)
    except ValueError, error:
        print "nothing to decode:", error
        raise
    right = sum(a == b for a, b in zip(states, path)) / float(len(path))
    if not os.path.isdir("outputs"):
        os.makedirs("outputs")
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"right": right, "value": value, "path": path, "throws": throws}, stream)
    print "right: %.3f" % right


if __name__ == "__main__":
    main()
