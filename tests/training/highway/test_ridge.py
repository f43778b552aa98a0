import numpy as np

from recurcast.training.highway.ridge import ridge


def test_each_step_ahead_is_the_ridge_of_the_windows_whose_target_is_known():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(60, 5)).astype(np.float32)
    targets = random.normal(size=(2, 60, 3)).astype(np.float32)
    targets[:, 50:, 1] = targets[:, :1, 2] = np.nan

    found = ridge(inputs, targets, (0.01, 1.0))

    assert found.shape == (2, 2, 5, 3)
    for place, penalty in enumerate((0.01, 1.0)):
        for kind in range(2):
            for ahead in range(3):
                there = ~np.isnan(targets[kind, :, ahead])
                x, r = inputs[there].astype(float), targets[kind, there, ahead]
                size = np.diag(inputs.T @ inputs).mean()
                expected = np.linalg.solve(x.T @ x + penalty * size * np.eye(5), x.T @ r)
                np.testing.assert_allclose(found[place, kind, :, ahead], expected, rtol=2e-3, atol=1e-5)


def test_a_step_ahead_that_no_window_knows_has_weights_of_zero():
    inputs = np.ones((4, 2), np.float32)
    targets = np.full((1, 4, 1), np.nan, np.float32)

    np.testing.assert_array_equal(ridge(inputs, targets, (1.0,)), np.zeros((1, 1, 2, 1)))
