"""The three test problems: value and gradient of f, prox of h, constants, and the best value known."""

import numpy as np


class Objective:
    """F = f + h with its constants; `mu` is None where none is known."""

    def __init__(self, f, grad, L, mu=None, h=lambda x: 0.0, prox=lambda v, s: v, dim=0):
        self.f, self.grad, self.L, self.mu, self.h, self.prox, self.dim = f, grad, L, mu, h, prox, dim
        self.best = 0.0

    def F(self, x):
        return self.f(x) + self.h(x)


def quadratic(seed, n=200, kappa=1e4):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    x_star = rng.standard_normal(n)
    A = (Q * np.logspace(-np.log10(kappa), 0, n)) @ Q.T
    return Objective(
        lambda x: 0.5 * (x - x_star) @ A @ (x - x_star), lambda x: A @ (x - x_star), L=1.0, mu=1 / kappa, dim=n
    )


def logistic(seed, m=500, n=50, low=0.03, rho=1e-4, newton=50):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n)) * np.logspace(0, np.log10(low), n)
    w = rng.standard_normal(n)
    b = np.where(rng.uniform(size=m) < 1 / (1 + np.exp(-A @ w)), 1.0, -1.0)

    def f(x):
        return np.logaddexp(0, -b * (A @ x)).mean() + 0.5 * rho * x @ x

    def grad(x):
        p = 1 / (1 + np.exp(b * (A @ x)))
        return -A.T @ (b * p) / m + rho * x

    problem = Objective(f, grad, L=np.linalg.eigvalsh(A.T @ A)[-1] / (4 * m) + rho, mu=rho, dim=n)
    x = np.zeros(n)
    for _ in range(newton):
        p = 1 / (1 + np.exp(-A @ x))
        H = (A.T * (p * (1 - p))) @ A / m + rho * np.eye(n)
        x = x - np.linalg.solve(H, grad(x))
    problem.best = f(x)
    return problem


def lasso(seed, m=150, n=400, nonzero=20, noise=0.1, ratio=0.05, iterations=20_000):
    from methods import accelerated

    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n)) / np.sqrt(m)
    x_bar = np.zeros(n)
    x_bar[rng.choice(n, nonzero, replace=False)] = rng.standard_normal(nonzero)
    b = A @ x_bar + noise / np.sqrt(m) * rng.standard_normal(m)
    lam = ratio * np.abs(A.T @ b).max()
    problem = Objective(
        lambda x: 0.5 * np.sum((A @ x - b) ** 2),
        lambda x: A.T @ (A @ x - b),
        L=np.linalg.eigvalsh(A @ A.T)[-1],
        h=lambda x: lam * np.abs(x).sum(),
        prox=lambda v, s: np.sign(v) * np.maximum(np.abs(v) - s * lam, 0),
        dim=n,
    )
    problem.best = np.nan  # no comparison with it holds, so that the run goes to its end
    problem.best = problem.F(accelerated(problem, "gradient", cap=iterations)[2])
    return problem
