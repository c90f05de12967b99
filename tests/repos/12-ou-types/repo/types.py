"""What the modules pass to each other."""
from dataclasses import dataclass


@dataclass
class Process:
    """Mean-reverting process: rate, level, noise."""

    rate: float
    level: float
    noise: float
