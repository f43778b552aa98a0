"""How far a run is, in Prefect's log."""

from prefect.logging import get_run_logger


class FlowLog:
    """Logs each stage, and each tenth epoch of a cell."""

    def __init__(self) -> None:
        self._log = get_run_logger()

    def stage(self, name: str) -> None:
        """Log the stage that begins."""
        self._log.info(name)

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Log an epoch's losses."""
        if number % 10 == 0 or number in (1, of):
            self._log.info("%s epoch %d of %d: loss %.5g, validation %.5g", cell, number, of, train, validation)
