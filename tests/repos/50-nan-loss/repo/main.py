"""Entry point."""
import json

import yaml

from model import SoftChain


def main():
    """Solve and write."""
    config = yaml.safe_load(open("config.yaml"))
    chain = SoftChain(config["states"], config["discount"], config["temperature"])
    values, policy = chain.solve(config["iterations"])
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"values": values.tolist(), "policy": policy.tolist()}, stream)
    print(values)


if __name__ == "__main__":
    main()
