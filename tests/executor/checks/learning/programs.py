"""Small programs that learn, and the same with one mistake each that keeps them from it; standard library only."""

from __future__ import annotations

from dataclasses import dataclass

_WRITE = """
os.makedirs("outputs", exist_ok=True)
with open("outputs/metrics.json", "w") as stream:
    json.dump(metrics, stream)
"""
_HEAD = "import json\nimport math\nimport os\nimport random\n\nrandom.seed(4)\n"

REGRESSION = """
inputs = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(200)]
targets = [2 * a - 3 * b + random.gauss(0, 0.1) for a, b in inputs]
weights, losses = [0.0, 0.0], []
for epoch in range(20):
    errors = [weights[0] * a + weights[1] * b - y for (a, b), y in zip(inputs, targets)]
    losses.append(sum(e * e for e in errors) / len(errors))
    for k in range(2):
        gradient = 2 * sum(e * x[k] for e, x in zip(errors, inputs))
        weights[k] -= {rate} * gradient {over}
mean = sum(targets) / len(targets)
final = sum((weights[0] * a + weights[1] * b - y) ** 2 for (a, b), y in zip(inputs, targets)) / len(targets)
trivial = sum((y - mean) ** 2 for y in targets) / len(targets)
metrics = {{"model": {{"mse": final, "losses": losses}}, "mean": {{"mse": trivial}}}}
"""
CLASSES = """
centres = [(3, 0), (-3, 0), (0, 4)]
labels = [i % 3 for i in range(150)]
points = [[random.gauss(centres[c][0], 1), random.gauss(centres[c][1], 1), 1.0] for c in labels]
shown = list({targets})
{order}
weights = [[0.0] * 3 for _ in range(3)]

def probabilities(x):
    raw = [sum(w * v for w, v in zip(row, x)) for row in weights]
    top = max(raw)
    powers = [math.exp(r - top) for r in raw]
    return [p / sum(powers) for p in powers]

for epoch in range(30):
    for x, c in zip(points, shown):
        p = probabilities(x)
        for k in range(3):
            for j in range(3):
                weights[k][j] {step} 0.05 * (p[k] - (k == c)) * x[j]
right = sum(max(range(3), key=lambda k: probabilities(x)[k]) == {expected} for x, c in zip(points, {against}))
metrics = {{"accuracy": {{"model": right / 150, "majority": 50 / 150}}}}
"""
NETWORK = """
data = [([a, b], float(a != b)) for a in (0.0, 1.0) for b in (0.0, 1.0)]
hidden = [[random.uniform(-1, 1) * {spread} for _ in range(3)] for _ in range(8)]
out = [random.uniform(-1, 1) for _ in range(9)]

def forward(x):
    h = [math.tanh(sum(w * v for w, v in zip(row, [*x, 1.0]))) for row in hidden] + [1.0]
    return h, 1 / (1 + math.exp(-sum(w * v for w, v in zip(out, h))))

def cross_entropy():
    return -sum(math.log(max(p if y else 1 - p, 1e-9)) for x, y in data for p in [forward({seen})[1]]) / 4

first = cross_entropy()
for epoch in range(1500):
    for x, y in data:
        x = {seen}
        h, p = forward(x)
        delta = p - y
        back = [delta * out[k] * (1 - h[k] ** 2) for k in range(8)]
        for k in range(9):
            out[k] -= 0.2 * delta * h[k]
        for k in range({trained}):
            for j, v in enumerate([*x, 1.0]):
                hidden[k][j] -= 0.2 * back[k] * v
metrics = {{"bce": {{"first": first, "last": cross_entropy()}}, "constant": math.log(2)}}
"""
MEMORY = """
series = [[random.choice((-1.0, 1.0)) for _ in range(6)] for _ in range(100)]
read = 0.0
for epoch in range(60):
    gradient, total = 0.0, 0.0
    for x in series:
        state = 0.2 * x[0]
        for value in x[1:]:
            state = {carry}
        error = read * state - x[0]  # the task: to say at the end what came first
        gradient += 2 * error * state
        total += error**2
    read -= 0.002 * gradient
metrics = {{"copy": {{"mse": total / 100}}, "zero": {{"mse": 1.0}}}}
"""
BANDIT = """
payout = [0.1, 0.2, 0.9, 0.3]

def policy(prefs):
    powers = [math.exp(p) for p in prefs]
    return [p / sum(powers) for p in powers]

prefs, baseline, best, waited = [0.0] * 4, 0.0, -1.0, 0
untrained = list(prefs)
for step in range(1500):
    chances = policy(prefs)
    arm = random.choices(range(4), chances)[0]
    reward = float(random.random() < payout[arm])
    baseline += 0.05 * (reward - baseline)
    waited = 0 if baseline > best else waited + 1
    best = max(best, baseline)
    if waited {patience}:
        break
    for k in range(4):
        prefs[k] += 0.2 * (reward - baseline) * ((k == arm) - chances[k])
value = sum(c * p for c, p in zip(policy({judged}), payout))
metrics = {{"reward": {{"learned": value, "random": sum(payout) / 4, "start": sum(payout) / 4}}}}
"""

_CLAIMS = {
    REGRESSION: ("model.mse", "lower", "mean.mse", "model.losses.-1 < 0.5 * model.losses.0"),
    CLASSES: ("accuracy.model", "higher", "accuracy.majority", "accuracy.model > 0.8"),
    NETWORK: ("bce.last", "lower", "constant", "bce.last < 0.5 * bce.first"),
    MEMORY: ("copy.mse", "lower", "zero.mse", "copy.mse < 0.5 * zero.mse"),
    BANDIT: ("reward.learned", "higher", "reward.random", "reward.learned > 1.5 * reward.start"),
}


@dataclass(frozen=True)
class Program:
    """A program by its name, with the claim that it has to show."""

    name: str
    text: str
    claim: tuple[str, str, str, str]
    """metric, better, trivial, shows."""


def _program(name: str, template: str, **slots: object) -> Program:
    return Program(name, _HEAD + template.format(**slots) + _WRITE, _CLAIMS[template])


_RIGHT = {"targets": "labels", "order": "", "step": "-=", "expected": "c", "against": "labels"}
_TOGETHER = "pairs = list(zip(points, shown))\nrandom.shuffle(pairs)\npoints, shown = zip(*pairs)\nlabels = list(shown)"
_DEEP = {"seen": "x", "spread": 1, "trained": 8}
_PATIENT = {"patience": "> 5000", "judged": "prefs"}

LEARN = (
    _program("a summed loss", REGRESSION, rate=0.001, over=""),
    _program("an averaged loss with its rate", REGRESSION, rate=0.2, over="/ len(inputs)"),
    _program("targets in order", CLASSES, **_RIGHT),
    _program("pairs shuffled together", CLASSES, **{**_RIGHT, "order": _TOGETHER}),
    _program(
        "labels from one, read back",
        CLASSES,
        **{
            **_RIGHT,
            "targets": "(c + 1 - 1 for c in labels)",
            "expected": "c - 1",
            "against": "[c + 1 for c in labels]",
        },
    ),
    _program("both layers trained", NETWORK, **_DEEP),
    _program("larger first weights", NETWORK, **{**_DEEP, "spread": 1.5}),
    _program("a state that is kept", MEMORY, carry="state"),
    _program("a patient stop", BANDIT, **_PATIENT),
    _program("the trained copy", BANDIT, **{**_PATIENT, "judged": "list(prefs)"}),
)
DO_NOT_LEARN = (
    _program("average for sum", REGRESSION, rate=0.001, over="/ len(inputs)"),
    _program("learning rate off by 100", REGRESSION, rate=0.00001, over=""),
    _program("shuffled targets", CLASSES, **{**_RIGHT, "order": "random.shuffle(shown)"}),
    _program("labels off by one", CLASSES, **{**_RIGHT, "targets": "((c + 1) % 3 for c in labels)"}),
    _program("wrong sign", CLASSES, **{**_RIGHT, "step": "+="}),
    _program("frozen layer", NETWORK, **{**_DEEP, "spread": 0, "trained": 0}),
    _program("features zeroed", NETWORK, **{**_DEEP, "seen": "[0.0, 0.0]"}),
    _program("detached state", MEMORY, carry="0.0 * state + 0.2 * value"),
    _program("early stop at 0", BANDIT, **{**_PATIENT, "patience": ">= 0"}),
    _program("the untrained copy", BANDIT, **{**_PATIENT, "judged": "untrained"}),
)
