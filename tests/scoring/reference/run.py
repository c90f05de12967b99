"""Prints Tables 1, 2 and 3."""

from functools import partial

import numpy as np
from methods import accelerated, gradient_descent, heavy_ball, nesterov
from objectives import lasso, logistic, quadratic

SEEDS = range(10)
CAP = 20_000
METHODS = {
    "Gradient descent / ISTA": gradient_descent,
    "Heavy ball (known mu)": heavy_ball,
    "Nesterov (known mu)": nesterov,
    "Accelerated, no restart": accelerated,
    "Fixed restart, p = 100": partial(accelerated, rule="fixed", p=100),
    "Function restart": partial(accelerated, rule="function"),
    "Gradient restart": partial(accelerated, rule="gradient"),
}


def cell(method, problems):
    runs = [method(problem) for problem in problems]
    counts = np.array([run[0] for run in runs], dtype=float)
    if counts.min() >= CAP:
        return f"> {CAP}"
    return f"{counts.mean():.0f} +- {counts.std(ddof=1):.0f} ({np.mean([run[1] for run in runs]):.1f})"


def main():
    made = {name: [make(seed) for seed in SEEDS] for name, make in
            (("quadratic", quadratic), ("logistic", logistic), ("lasso", lasso))}  # fmt: skip
    for name, method in METHODS.items():
        known = [problems for problems in made.values() if problems[0].mu is not None or "known" not in name]
        print(name, *(cell(method, problems) for problems in known), sep=" | ")
    for kappa in (1e2, 1e3, 1e4, 1e5):
        problems = [quadratic(seed, kappa=kappa) for seed in SEEDS]
        rows = [
            METHODS[n]
            for n in ("Nesterov (known mu)", "Accelerated, no restart", "Function restart", "Gradient restart")
        ]
        print(f"kappa = {kappa:g}", *(cell(method, problems) for method in rows), sep=" | ")
    for p in (25, 50, 100, 200, 400, 800):
        print(f"p = {p}", cell(partial(accelerated, rule="fixed", p=p), made["logistic"]), sep=" | ")


if __name__ == "__main__":
    main()
