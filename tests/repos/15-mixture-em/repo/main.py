"""Entry point."""
import json

import yaml

from model import Mixture


def draw(points, seed):
    """Two components, one third and two thirds."""
    rng = np.random.default_rng(seed)
    first = rng.random(points) < 1 / 3
    return np.where(first, rng.normal(-2, 0.5, points), rng.normal(1.5, 1.0, points))


def main():
    """Fit and write."""
    config = yaml.safe_load(Path("config.yaml").read_text())
    x = draw(config["points"], config["seed"])
    mixture = Mixture([-1.0, 1.0])
    likelihoods = [mixture.step(x) for _ in range(config["iterations"])]
    out = Path("outputs")
    out.mkdir(exist_ok=True)
    result = {"likelihoods": likelihoods, "means": mixture.means.tolist(), "weights": mixture.weights.tolist()}
    (out / "metrics.json").write_text(json.dumps(result))
    print(result["means"])


if __name__ == "__main__":
    main()
