"""kd-tree in the plane."""


class KDTree:
    """Median splits, axis by axis."""

    def __init__(self, points, axis=0):
        ordered = sorted(points, key=lambda p: p[axis])
        middle = len(ordered) // 2
        self.axis, self.point = axis, ordered[middle]
        rest = ordered[:middle], ordered[middle + 1 :]
        self.left, self.right = (KDTree(part, 1 - axis) if part else None for part in rest)

    def nearest(self, query, best=None, visited=None):
        """Return (squared distance, point); `visited` collects the points looked at."""
        if visited is not None:
            visited.append(self.point)
        here = (sum((a - b) ** 2 for a, b in zip(self.point, query)), self.point)
        best = here if best is None or here < best else best
        gap = query[self.axis] - self.point[self.axis]
        near, far = (self.left, self.right) if gap < 0 else (self.right, self.left)
        if near:
            best = near.nearest(query, best, visited)
        if far and gap * gap < best[0]:
            best = far.nearest(query, best, visited)
        return best
