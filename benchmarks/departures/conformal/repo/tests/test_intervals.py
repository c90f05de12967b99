import numpy as np

from intervals import conformal_quantile
from regressors import Features, Ridge, pinball


def test_the_quantile_of_few_scores_is_infinite() -> None:
    assert conformal_quantile(np.array([1.0, 2.0]), 0.1) == float("inf")


def test_the_pinball_loss_is_zero_at_zero_and_positive_elsewhere() -> None:
    assert pinball(np.array([0.0]), 0.3)[0] == 0.0
    assert np.all(pinball(np.array([-1.0, 1.0]), 0.3) > 0.0)


def test_ridge_fits_a_constant() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(40, 2))
    model = Ridge(Features(2, 10, 0.5, rng), 0.01).fit(x, np.full(40, 3.0))
    assert np.allclose(model.predict(x), 3.0, atol=1e-6)
