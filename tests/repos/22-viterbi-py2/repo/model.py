"""Hidden Markov model of two dice."""
import math


class Casino:
    """Two states; `stay` is the probability of keeping the die, `faces` those of its faces."""

    def __init__(self, stay, faces):
        self.stay, self.faces = stay, faces
        self.states = sorted(stay)

    def log_move(self, old, new):
        """Log probability of the change."""
        return math.log(self.stay[old] if old == new else 1 - self.stay[old])

    def decode(self, throws):
        """Most probable states, and their log probability."""
        if not throws:
            raise ValueError, "no throws"
        best = {s: math.log(0.5) + math.log(self.faces[s][throws[0]]) for s in self.states}
        back = []
        for k in xrange(1, len(throws)):
            chosen = {s: max(self.states, key=lambda o: best[o] + self.log_move(o, s)) for s in self.states}
            best = {
                s: best[o] + self.log_move(o, s) + math.log(self.faces[s][throws[k]]) for s, o in chosen.iteritems()
            }
            back.append(chosen)
        state = max(self.states, key=lambda s: best[s])
        value, path = best[state], [state]
        for chosen in reversed(back):
            path.append(chosen[path[-1]])
        return path[::-1], value
