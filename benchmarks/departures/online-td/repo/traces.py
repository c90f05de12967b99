"""TD(lambda) with linear function approximation: accumulating, replacing and true online traces (Section 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
METHODS = ("accumulating", "replacing", "true_online")


class Learner:
    """Weights and trace of one method; `begin` starts an episode, `step` learns from one transition."""

    def __init__(self, method: str, features: int, alpha: float, lam: float, gamma: float) -> None:
        if method not in METHODS:
            raise ValueError(f"unknown method {method!r}")
        self.method = method
        self.alpha = alpha
        self.lam = lam
        self.gamma = gamma
        self.theta: Array = np.zeros(features)
        self.trace: Array = np.zeros(features)
        self.v_old = 0.0

    def begin(self) -> None:
        """Forget the trace of the last episode; the weights are kept."""
        self.trace = np.zeros_like(self.trace)
        self.v_old = 0.0

    def step(self, phi: Array, reward: float, phi_next: Array) -> None:
        """Learn from one transition; phi_next is zero where the episode ends."""
        value = float(self.theta @ phi)
        value_next = float(self.theta @ phi_next)
        delta = reward + self.gamma * value_next - value  # Eq. 1
        decay = self.gamma * self.lam
        if self.method == "true_online":
            overlap = float(self.trace @ phi)
            self.trace = decay * self.trace + self.alpha * phi - self.alpha * decay * overlap * phi  # Eq. 4
            correction = value - self.v_old
            self.theta = self.theta + delta * self.trace + correction * (self.trace - self.alpha * phi)  # Eq. 5
            self.v_old = value_next
            return
        if self.method == "accumulating":
            self.trace = decay * self.trace + phi  # Eq. 2
        else:
            self.trace = np.where(phi == 1.0, 1.0, decay * self.trace)  # Eq. 3
        self.theta = self.theta + self.alpha * delta * self.trace
