"""The grid."""

MOVES = ((0, 1), (0, -1), (1, 0), (-1, 0))


def walk(cell, action, size):
    """Return the next cell; the border stops."""
    row, column = cell[0] + MOVES[action][0], cell[1] + MOVES[action][1]
    return (row, column) if 0 <= row < size and 0 <= column < size else cell
