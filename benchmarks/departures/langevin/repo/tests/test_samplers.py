import numpy as np

from samplers import ALGORITHMS, sample
from targets import Banana, Gaussian


def test_gradients_agree_with_finite_differences() -> None:
    x = np.array([0.3, -0.7])
    for target in (Gaussian(2, 10.0), Banana()):
        for i in range(2):
            shift = np.zeros(2)
            shift[i] = 1e-6
            slope = (target.potential(x + shift) - target.potential(x - shift)) / 2e-6
            assert abs(slope - target.gradient(x)[i]) < 1e-5


def test_chains_have_the_right_shape_and_rate() -> None:
    for algorithm in ALGORITHMS:
        chain = sample(algorithm, Banana(), 0.05, 50, 100, 0)
        assert chain.samples.shape == (100, 2)
        assert 0.0 < chain.acceptance <= 1.0
