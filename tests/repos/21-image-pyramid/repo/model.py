"""Laplacian pyramid with Pillow's resampling."""
import numpy as np
from PIL import Image


def resize(array, size):
    """Resample a float image to a square of this size."""
    return np.asarray(Image.fromarray(array.astype(np.float32)).resize((size, size), Image.ANTIALIAS))


class Pyramid:
    """Differences between an image and its enlarged half, down to a small rest."""

    def __init__(self, levels):
        self.levels = levels

    def split(self, image):
        """Return the details, finest first, and the rest."""
        details = []
        for _ in range(self.levels):
            half = resize(image, image.shape[0] // 2)
            details.append(image - resize(half, image.shape[0]))
            image = half
        return details, image

    def join(self, details, rest):
        """Undo `split`."""
        for detail in reversed(details):
            rest = resize(rest, detail.shape[0]) + detail
        return rest
