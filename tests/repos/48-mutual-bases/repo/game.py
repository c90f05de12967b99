"""One heap."""
from node import Playable


class Nim(Playable):
    """Stones that are left; the player to move takes one to three."""

    def __init__(self, heap):
        self.heap = heap

    def moves(self):
        """Allowed numbers of stones."""
        return range(1, min(3, self.heap) + 1)

    def after(self, move):
        """The position that the other player faces."""
        return Nim(self.heap - move)

    def is_lost(self):
        """The player to move has nothing to take."""
        return self.heap == 0
