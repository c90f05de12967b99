"""The random walk of Section 4: walks, true values and features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def walk(states: int, rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """One episode as (state, reward, next state); states count from 1, 0 and states + 1 are terminal."""
    state = (states + 1) // 2
    steps: list[tuple[int, float, int]] = []
    while 1 <= state <= states:
        following = state + (1 if rng.random() < 0.5 else -1)
        reward = 1.0 if following == states + 1 else -1.0 if following == 0 else 0.0
        steps.append((state, reward, following))
        state = following
    return steps


def true_values(states: int) -> Array:
    """The value of each non-terminal state."""
    return 2.0 * np.arange(1, states + 1) / (states + 1) - 1.0


def one_hot(states: int) -> Array:
    """Features by state, row 0 and the last row (terminal states) zero."""
    table = np.zeros((states + 2, states))
    table[1:-1] = np.eye(states)
    return table


def tiles(states: int, active: int) -> Array:
    """Each state activates `active` neighbouring features; terminal rows are zero."""
    table = np.zeros((states + 2, states + active - 1))
    for state in range(1, states + 1):
        table[state, state - 1 : state - 1 + active] = 1.0
    return table
