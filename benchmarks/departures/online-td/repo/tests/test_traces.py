import numpy as np

from chain import one_hot, tiles, true_values, walk
from traces import METHODS, Learner


def test_without_traces_all_methods_are_td_0() -> None:
    features = one_hot(5)
    learners = [Learner(method, 5, 0.1, 0.0, 1.0) for method in METHODS]
    rng = np.random.default_rng(0)
    for learner in learners:
        learner.begin()
    for state, reward, following in walk(5, rng):
        for learner in learners:
            learner.step(features[state], reward, features[following])
    for learner in learners[1:]:
        assert np.allclose(learner.theta, learners[0].theta)


def test_values_of_the_middle_and_the_features() -> None:
    assert abs(true_values(19)[9]) < 1e-12
    assert tiles(19, 3).shape == (21, 21)
    assert np.all(one_hot(4)[0] == 0)


def test_walks_end_outside() -> None:
    steps = walk(5, np.random.default_rng(3))
    assert steps[0][0] == 3
    assert steps[-1][2] in (0, 6)
