"""Entry point."""
import json
import os

import numpy as np
import yaml
from sklearn.externals import joblib
from sklearn.cross_validation import train_test_split

from model import Bagging


def main():
    """Compare one tree with many, from the stored model."""
    config = yaml.safe_load(open("config.yaml"))
    rng = np.random.default_rng(config["seed"])
    x = rng.uniform(-2, 2, (config["rows"], 3))
    y = np.sin(2 * x[:, 0]) + x[:, 1] ** 2 + 0.3 * rng.normal(size=len(x))
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=config["seed"])
    os.makedirs("outputs", exist_ok=True)
    joblib.dump(Bagging(config["trees"], config["depth"], config["seed"]).fit(x_train, y_train), "outputs/model.joblib")
    model = joblib.load("outputs/model.joblib")
    single = model.members[0].predict(x_test)
    result = {
        "bagged": float(np.mean((model.predict(x_test) - y_test) ** 2)),
        "single": float(np.mean((single - y_test) ** 2)),
        "tested": len(y_test),
    }
    with open("outputs/metrics.json", "w") as stream:
        json.dump(result, stream)
    print(result)


if __name__ == "__main__":
    main()
