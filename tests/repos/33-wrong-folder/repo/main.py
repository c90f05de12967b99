"""Entry point."""
import csv
import json
import os

from model import TheilSen


def read_points(path):
    """Columns x and y of a CSV file."""
    with open(path, newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [float(row["x"]) for row in rows], [float(row["y"]) for row in rows]


def main():
    """Fit and write."""
    x, y = read_points("../data/measurements.csv")
    line = TheilSen().fit(x, y)
    os.makedirs("outputs", exist_ok=True)
    with open("outputs/metrics.json", "w") as stream:
        json.dump({"slope": line.slope, "intercept": line.intercept, "fitted": line.predict(x)}, stream)
    print(line.slope, line.intercept)


if __name__ == "__main__":
    main()
