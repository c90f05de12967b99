import numpy as np

from network import forward, gradients, initialise, loss
from task import batch


def test_gradients_agree_with_finite_differences() -> None:
    rng = np.random.default_rng(0)
    p = initialise(4, "random", rng)
    x, y = batch(3, 5, rng)
    grads = gradients(p, x, y)
    for name in ("w_h", "w_x", "b"):
        index = (0,) * p[name].ndim
        before = p[name][index]
        p[name][index] = before + 1e-6
        high = loss(forward(p, x)[0], y)
        p[name][index] = before - 1e-6
        low = loss(forward(p, x)[0], y)
        p[name][index] = before
        assert abs((high - low) / 2e-6 - grads[name][index]) < 1e-6


def test_targets_are_between_zero_and_two() -> None:
    x, y = batch(50, 10, np.random.default_rng(1))
    assert np.all((y >= 0.0) & (y <= 2.0))
    assert np.all(x[:, :, 1].sum(axis=1) == 2.0)
