"""Entry point."""
import json
import os

import yaml

from model import Swarm


def main():
    """Minimise and write."""
    config = yaml.safe_load(open("config.yaml"))
    options = config["swarm"]
    swarm = Swarm(options["particles"], config["dim"], config["seed"])
    values = [
        swarm.step(options["constriction"], options["cognitive"], options["social"]) for _ in range(config["steps"])
    ]
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"values": values}, stream)
    print(values[-1])


if __name__ == "__main__":
    main()
