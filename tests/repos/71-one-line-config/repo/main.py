"""Entry point: simulate and write what the epidemic came to."""
import json
import os

import yaml

from epidemic import Epidemic


class Main:
    """Load the settings and run the experiment."""

    def __init__(self, config_path="config.yaml"):
        with open(config_path) as stream:
            self.config = yaml.safe_load(stream)

    def run(self):
        """Simulate; write and return the metrics."""
        settings = self.config.get("run", {})
        course = Epidemic(self.config).simulate(settings.get("days", 60), settings.get("seed", 0))
        metrics = {
            "name": settings.get("name", ""),
            "peak": int(course[:, 1].max()),
            "ever_ill": int(course[0, 0] - course[-1, 0]),
            "course": [[int(number) for number in row] for row in course],
        }
        os.makedirs("outputs", exist_ok=True)
        with open("outputs/metrics.json", "w") as stream:
            json.dump(metrics, stream)
        return metrics


if __name__ == "__main__":
    print(Main().run()["peak"])
