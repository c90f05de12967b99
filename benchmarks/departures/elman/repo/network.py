"""The recurrent network with back-propagation through time (Sections 3 and 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = dict[str, Array]


def initialise(hidden: int, kind: str, rng: np.random.Generator) -> Parameters:
    """Parameters; kind is `identity` or `random` (of the recurrent matrix)."""
    if kind == "identity":
        recurrent = 0.9 * np.eye(hidden)
    elif kind == "random":
        recurrent = rng.standard_normal((hidden, hidden)) / np.sqrt(hidden)
    else:
        raise ValueError(f"unknown initialisation {kind!r}")
    return {
        "w_x": rng.standard_normal((hidden, 2)) / np.sqrt(2.0),
        "w_h": recurrent,
        "b": np.zeros(hidden),
        "w_o": rng.standard_normal(hidden) / np.sqrt(hidden),
        "b_o": np.zeros(1),
    }


def forward(p: Parameters, x: Array) -> tuple[Array, list[Array]]:
    """Outputs (n,) and the states h_0 ... h_T, each (n, H) (Eqs. 1 and 2)."""
    states = [np.zeros((x.shape[0], len(p["b"])))]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ p["w_x"].T + states[-1] @ p["w_h"].T + p["b"]))
    return states[-1] @ p["w_o"] + p["b_o"][0], states


def loss(outputs: Array, targets: Array) -> float:
    """Eq. 3."""
    return 0.5 * float(np.mean((outputs - targets) ** 2))


def gradients(p: Parameters, x: Array, targets: Array) -> Parameters:
    """The gradient of Eq. 3 for each parameter, through all steps."""
    outputs, states = forward(p, x)
    error = (outputs - targets) / len(targets)
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    grads["w_o"] = states[-1].T @ error
    grads["b_o"] = np.array([error.sum()])
    back = np.outer(error, p["w_o"])
    for t in range(x.shape[1], 0, -1):
        inner = back * (1.0 - states[t] ** 2)
        grads["w_x"] += inner.T @ x[:, t - 1]
        grads["w_h"] += inner.T @ states[t - 1]
        grads["b"] += inner.sum(axis=0)
        back = inner @ p["w_h"]
    return grads


def clipped(grads: Parameters, limit: float) -> Parameters:
    """Eq. 4: the norm over all parameters together is at most `limit`."""
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads.values())))
    if norm <= limit:
        return grads
    return {name: g * (limit / norm) for name, g in grads.items()}


class Adam:
    """Eq. 5."""

    def __init__(self, p: Parameters, beta1: float, beta2: float, epsilon: float) -> None:
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.m = {name: np.zeros_like(value) for name, value in p.items()}
        self.v = {name: np.zeros_like(value) for name, value in p.items()}
        self.k = 0

    def update(self, p: Parameters, grads: Parameters, rate: float) -> None:
        """Change the parameters in place."""
        self.k += 1
        for name, g in grads.items():
            self.m[name] = self.beta1 * self.m[name] + (1.0 - self.beta1) * g
            self.v[name] = self.beta2 * self.v[name] + (1.0 - self.beta2) * g**2
            m_hat = self.m[name] / (1.0 - self.beta1**self.k)
            v_hat = self.v[name] / (1.0 - self.beta2**self.k)
            p[name] = p[name] - rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
