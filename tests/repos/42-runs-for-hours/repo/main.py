"""Entry point."""
import json
import os

import yaml

from model import Ising


def measure(config, temperature):
    """Mean absolute magnetisation and energy over the second half of the sweeps."""
    lattice = Ising(config["size"], temperature, config["seed"])
    magnetisation, energy = [], []
    for sweep in range(config["sweeps"]):
        lattice.sweep()
        if sweep >= config["sweeps"] // 2:
            magnetisation.append(abs(lattice.magnetisation()))
            energy.append(lattice.energy())
    return {
        "temperature": temperature,
        "magnetisation": sum(magnetisation) / len(magnetisation),
        "energy": sum(energy) / len(energy),
    }


def main():
    """Measure every temperature."""
    config = yaml.safe_load(open("config.yaml"))
    rows = [measure(config, temperature) for temperature in config["temperatures"]]
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump(rows, stream)
    print(rows)


if __name__ == "__main__":
    main()
