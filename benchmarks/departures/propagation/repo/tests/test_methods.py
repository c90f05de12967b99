import numpy as np

from methods import normalised, propagated, softmax


def test_an_isolated_node_keeps_its_value() -> None:
    matrix = normalised(np.zeros((3, 3)))
    logits = np.arange(6.0).reshape(3, 2)
    assert np.allclose(propagated(logits, matrix, 0.3, 4), logits)


def test_softmax_rows_sum_to_one() -> None:
    assert np.allclose(softmax(np.array([[1000.0, 0.0], [1.0, 2.0]])).sum(axis=1), 1.0)


def test_the_matrix_is_symmetric() -> None:
    a = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    assert np.allclose(normalised(a), normalised(a).T)
