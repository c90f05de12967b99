"""Compare spectral clustering with k-means."""
import json
import os

import yaml
from sklearn.cluster import KMeans

from evaluation import agreement
from model import bisect
from rings import make_rings

if __name__ == "__main__":
    with open("config.yaml") as stream:
        config = yaml.safe_load(stream)
    points, truth = make_rings(config["per_ring"], config["radii"], config["noise"], config["seed"])
    labels, gap = bisect(points, config["neighbours"])
    kmeans = KMeans(2, n_init=4, random_state=config["seed"]).fit_predict(points)
    os.makedirs("outputs", exist_ok=True)
    result = {
        "spectral": agreement(truth, labels),
        "kmeans": agreement(truth, kmeans),
        "gap": gap,
        "centre": points.mean(axis=0).tolist(),
    }
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)
