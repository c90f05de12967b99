"""Baskets of goods, some of which go together."""
import random

TOGETHER = {'bread': 'butter', 'tea': 'milk', 'beer': 'crisps'}
OTHERS = ['apples', 'soap', 'rice', 'salt']


def draw(n, seed):
    """Return n baskets, each a sorted list of goods."""
    rng = random.Random(seed)
    drawn = []
    for _ in xrange(n):
        basket = set(filter(lambda good: rng.random() < 0.3, OTHERS))
        for good, other in sorted(TOGETHER.iteritems()):
            if rng.random() < 0.4:
                basket.add(good)
                if rng.random() < 0.85:
                    basket.add(other)
        drawn.append(sorted(basket))
    sizes = map(len, drawn)
    print 'drew %d baskets, the largest of %d goods' % (
        len(sizes), max(sizes))
    return drawn
