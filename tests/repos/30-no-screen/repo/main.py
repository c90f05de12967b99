"""Entry point."""
import json
import os

import matplotlib
import yaml

matplotlib.use("TkAgg")
import matplotlib.pyplot as plt  # noqa: E402

from model import LotkaVolterra  # noqa: E402


def main():
    """Solve, draw the cycle, write the drift of the invariant."""
    config = yaml.safe_load(open("config.yaml"))
    system = LotkaVolterra(config["rates"])
    states = system.solve(config["start"], config["dt"], config["steps"])
    figure, axes = plt.subplots()
    axes.plot(states[:, 0], states[:, 1])
    axes.set(xlabel="prey", ylabel="predators")
    os.makedirs("figures", exist_ok=True)
    figure.savefig("figures/cycle.png")
    drift = system.invariant(states[-1]) - system.invariant(states[0])
    with open("figures/metrics.json", "w") as stream:
        json.dump({"drift": drift, "end": states[-1].tolist(), "peak": states.max(axis=0).tolist()}, stream)
    print(drift)


if __name__ == "__main__":
    main()
