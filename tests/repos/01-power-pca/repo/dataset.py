"""Gaussian cloud with known principal scales."""
import numpy as np


def make_cloud(samples, scales, seed):
    """Rotate independent Gaussians at random and centre them."""
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(len(scales), len(scales))))
    cloud = (rng.normal(size=(samples, len(scales))) * np.array(scales)) @ rotation.T
    return cloud - cloud.mean(axis=0)
