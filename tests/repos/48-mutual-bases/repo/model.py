"""Upper confidence trees."""
import random

from game import Nim
from node import Node


class TreeSearch:
    """Chooses the most visited move."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def visit(self, node):
        """One playout through the tree; 1 if the player to move at the node wins."""
        if node.position.is_lost():
            result = 0
        elif len(node.children) < len(node.position.moves()):
            move = next(m for m in node.position.moves() if m not in node.children)
            child = node.children[move] = Node(node.position.after(move))
            result = 1 - child.position.playout(self.rng)
            child.visits, child.wins = 1, float(result)
        else:
            child = max(node.children.values(), key=lambda c: c.bound(node.visits))
            result = 1 - self.visit(child)
            child.wins += result
        node.visits += 1
        return result

    def best(self, heap, playouts):
        """Most visited move and the visits of all."""
        root = Node(Nim(heap))
        for _ in range(playouts):
            self.visit(root)
        visits = {move: child.visits for move, child in root.children.items()}
        return max(visits, key=visits.get), visits
