"""Apriori: a set is frequent only if all its subsets are."""
from itertools import combinations, izip


class Apriori:
    """Frequent sets with at least this share of the baskets."""

    def __init__(self, support):
        self.support = support
        self.counts = {}

    def fit(self, baskets):
        """Count level by level; return {sorted tuple of goods: share of baskets}."""
        self.baskets = map(frozenset, baskets)
        least = self.support * len(self.baskets)
        level = sorted(set((good,) for basket in baskets for good in basket))
        while level:
            counts = dict.fromkeys(level, 0)
            for basket in self.baskets:
                for one in level:
                    if basket.issuperset(one):
                        counts[one] += 1
            kept = [one for one in level if counts[one] >= least]
            self.counts.update((one, counts[one]) for one in kept)
            level = self._joined(kept)
        return dict((one, count / float(len(self.baskets))) for one, count in self.counts.iteritems())

    def _joined(self, kept):
        """Sets one larger whose subsets are all kept."""
        known, larger = set(kept), set()
        for i in xrange(len(kept)):
            for other in kept[i + 1:]:
                if kept[i][:-1] == other[:-1]:
                    one = kept[i] + other[-1:]
                    if all(known.__contains__(part) for part in combinations(one, len(one) - 1)):
                        larger.add(one)
        return sorted(larger)

    def rules(self, confidence):
        """Return (from, to, confidence) of the rules between single goods, the surest first."""
        found = []
        for one in self.counts.keys():
            if len(one) == 2:
                for left, right in izip(one, reversed(one)):
                    sure = self.counts[one] / float(self.counts[(left,)])
                    if sure >= confidence:
                        found.append((left, right, sure))
        if not found:
            raise ValueError, 'no rule is as sure as %s' % confidence
        return sorted(found, key=lambda rule: -rule[2])

    def middle(self):
        """Return how many baskets hold the set in the middle, sets in order of their counts."""
        ordered = sorted(self.counts.values())
        return ordered[len(ordered) / 2]
