"""Normalised spectral clustering for two groups."""
import numpy as np
from sklearn.neighbors import kneighbors_graph


def fiedler_vector(points, neighbours):
    """Second eigenvector of the symmetric normalised Laplacian of the mutual neighbour graph."""
    graph = kneighbors_graph(points, neighbours).toarray()
    weights = np.maximum(graph, graph.T)
    scale = 1 / np.sqrt(weights.sum(axis=1))
    laplacian = np.eye(len(points)) - scale[:, None] * weights * scale
    values, vectors = np.linalg.eigh(laplacian)
    return values[1], scale * vectors[:, 1] + 0.0 * values[0], scale * vectors[:, 0]


def bisect(points, neighbours):
    """Split into two groups where the two smallest eigenvectors span the components."""
    gap, second, first = fiedler_vector(points, neighbours)
    ratio = second / np.where(np.abs(first) > 1e-12, first, 1e-12)
    split = np.sort(ratio)
    cut = np.argmax(np.diff(split))
    return (ratio > (split[cut] + split[cut + 1]) / 2).astype(int), float(gap)
