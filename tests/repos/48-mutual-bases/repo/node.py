"""What a game offers, and the nodes of the tree."""
import math

from game import Nim


class Heap(Nim):
    """A heap with visible stones."""

    def __str__(self):
        return "|" * self.heap


class Playable:
    """A position: moves, positions after them, and whether it is lost."""

    def playout(self, rng):
        """Random game; 1 if the player to move wins."""
        if self.is_lost():
            return 0
        return 1 - self.after(rng.choice(list(self.moves()))).playout(rng)


class Node:
    """Visits of a position, and wins of the player who moved into it."""

    def __init__(self, position):
        self.position, self.children, self.visits, self.wins = position, {}, 0, 0.0

    def bound(self, total):
        """Upper confidence bound."""
        return self.wins / self.visits + math.sqrt(2 * math.log(total) / self.visits)
