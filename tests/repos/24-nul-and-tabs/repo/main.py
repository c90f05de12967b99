"""Entry point."""
import json
import os

import numpy as np
import yaml

from model import UpperConfidence


def play(config):
    """Return the player and the regret after every round."""
    rng = np.random.default_rng(config["seed"])
    player, regret, curve = UpperConfidence(len(config["arms"])), 0.0, []
    for _ in range(config["rounds"]):
        arm = player.choose()
	if rng.random() < config["arms"][arm]:
            player.learn(arm, 1.0)
        else:
	    player.learn(arm, 0.0)
        regret += max(config["arms"]) - config["arms"][arm]
        curve.append(regret)
    return player, curve


def main():
    """Play and write."""
    player, curve = play(yaml.safe_load(open("config.yaml")))
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"counts": player.counts, "sums": player.sums, "regret": curve}, stream)
    print(player.counts)


if __name__ == "__main__":
    main()
