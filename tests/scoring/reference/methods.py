"""Algorithm 1 and the baselines; each returns (iterations, restarts, last point)."""

import numpy as np


def _done(problem, x, start, eps):
    return problem.F(x) - problem.best <= eps * (start - problem.best)


def accelerated(problem, rule="none", p=100, eps=1e-8, cap=20_000):
    x = y = np.zeros(problem.dim)
    t, c, restarts = 1.0, 0, 0
    start = before = problem.F(x)
    for k in range(cap):
        x_new = problem.prox(y - problem.grad(y) / problem.L, 1 / problem.L)
        value = problem.F(x_new)
        c += 1
        again = {
            "none": False,
            "fixed": c >= p,
            "function": value > before,
            "gradient": (y - x_new) @ (x_new - x) > 0,
        }[rule]
        if again:
            t, y, c, restarts = 1.0, x_new, 0, restarts + 1
        else:
            t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
            y = x_new + (t - 1) / t_new * (x_new - x)
            t = t_new
        x, before = x_new, value
        if value - problem.best <= eps * (start - problem.best):
            return k + 1, restarts, x
    return cap, restarts, x


def gradient_descent(problem, eps=1e-8, cap=20_000):
    x = np.zeros(problem.dim)
    start = problem.F(x)
    for k in range(cap):
        x = problem.prox(x - problem.grad(x) / problem.L, 1 / problem.L)
        if _done(problem, x, start, eps):
            return k + 1, 0, x
    return cap, 0, x


def nesterov(problem, eps=1e-8, cap=20_000):
    q = np.sqrt(problem.mu / problem.L)
    x = y = np.zeros(problem.dim)
    start = problem.F(x)
    for k in range(cap):
        x_new = problem.prox(y - problem.grad(y) / problem.L, 1 / problem.L)
        y = x_new + (1 - q) / (1 + q) * (x_new - x)
        x = x_new
        if _done(problem, x, start, eps):
            return k + 1, 0, x
    return cap, 0, x


def heavy_ball(problem, eps=1e-8, cap=20_000):
    q = np.sqrt(problem.mu / problem.L)
    x = old = np.zeros(problem.dim)
    step, beta = 4 / (np.sqrt(problem.L) + np.sqrt(problem.mu)) ** 2, ((1 - q) / (1 + q)) ** 2
    start = problem.F(x)
    for k in range(cap):
        x, old = x - step * problem.grad(x) + beta * (x - old), x
        if _done(problem, x, start, eps):
            return k + 1, 0, x
    return cap, 0, x
