"""The metrics in words."""

GLOSSARY = """\
| metric | meaning |
|---|---|
| `loss/train`, `loss/validation` | per epoch, on the windows of that part, in the window's scale; the same names in all cells, \
so that their curves overlay |
| `test/…`, `validation/…` | a cell's scores on the windows of that part; `test_by_step/…` per step of the horizon |
| `challenger/…`, `champion/…`, `baseline/…` | the scores on the test windows, on the parent run |
| `mae`, `rmse` | mean absolute and root mean squared error, in the unit of y |
| `mase` | MAE over that of the seasonal naive within the train part; below 1 is better than it was there; \
none where that is 0 or rounding, and where no series has one `mae` judges |
| `smape` | symmetric percentage error, 0 to 200; `r2`: share of the variance explained |
| `skill` | 1 - MAE / MAE of the baseline: above 0 beats it |
| `coverage_80` | share of test targets within the 80% interval |
| `gate/…` | the paired test of the verdict: origins (those of the calibration part too), series, horizons' worth of origins, \
improvement, p values |
| `track/…` | how the champion of that tick forecast what came after it |"""
