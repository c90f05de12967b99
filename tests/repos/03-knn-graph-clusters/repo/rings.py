"""Concentric rings."""
import numpy as np


def make_rings(per_ring, radii, noise, seed):
    """Points on circles with Gaussian noise, and the circle of each."""
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, 2 * np.pi, (len(radii), per_ring))
    points = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * np.array(radii)[:, None, None]
    points = points.reshape(-1, 2) + rng.normal(0, noise, (len(radii) * per_ring, 2))
    return points, np.repeat(np.arange(len(radii)), per_ring)
