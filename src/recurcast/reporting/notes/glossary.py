"""The metrics in words."""

from recurcast.config.metrics import METRICS

_METRICS = "\n".join(f"| `{metric.name}` | {metric.meaning} |" for metric in METRICS.values())

GLOSSARY = f"""\
| metric | meaning |
|---|---|
| `loss/train`, `loss/validation` | per epoch, on the windows of that part, in the window's scale; the same names in all cells, \
so that their curves overlay |
| `test/…`, `validation/…` | a cell's scores on the windows of that part; `test_by_step/…` per step of the horizon |
| `challenger/…`, `champion/…`, `baseline/…` | the scores on the test windows, on the parent run |
{_METRICS}
| `coverage_80` | share of test targets within the 80% interval |
| `gate/…` | the paired test of the verdict: origins (those of the calibration part too), series, horizons' worth of origins, \
improvement, p values |
| `track/…` | how the champion of that tick forecast what came after it |"""
