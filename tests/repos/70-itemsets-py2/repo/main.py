"""Entry point."""
import cPickle as pickle
import json
import os

import settings
from baskets import draw
from model import Apriori


def main():
    baskets = draw(settings.BASKETS, settings.SEED)
    model = Apriori(settings.SUPPORT)
    shares = model.fit(baskets)
    rules = model.rules(settings.CONFIDENCE)
    print 'rules:',
    for left, right, sure in rules:
        print '%s -> %s (%.2f)' % (left, right, sure)
    if not os.path.isdir('outputs'):
        os.makedirs('outputs', 0755)
    pickle.dump(shares, open('outputs/shares.pkl', 'wb'))
    found = {
        'sets': dict((' '.join(one), share) for one, share in shares.items()),
        'rules': map(list, rules),
        'middle': model.middle(),
    }
    with open('outputs/metrics.json', 'w') as stream:
        json.dump(found, stream, sort_keys=True)


if __name__ == '__main__':
    main()
