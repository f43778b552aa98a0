"""The few errors a caller treats differently; each text gives the rule, what was received and what to do."""

from difflib import get_close_matches

from recurcast.masking import masked

_LONGEST_MESSAGE, _LONGEST_WORD, _MOST_WORDS = 4_000, 60, 50


class RecurcastError(Exception):
    """An error with a message meant for the user, without passwords; `exit_code` is what the command line returns."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(_readable(masked(message)))


class ConfigurationError(RecurcastError):
    """The configuration, or the way a command was called, is wrong. Nothing was started."""

    exit_code = 2


class DataRejected(RecurcastError):
    """The data broke a rule of the pipeline. Nothing was trained.

    `series` and `timestamps` name the first offenders, where there are any.
    """

    exit_code = 3

    def __init__(
        self,
        rule: str,
        received: str,
        remedy: str,
        *,
        series: str | None = None,
        timestamps: tuple[str, ...] = (),
    ) -> None:
        self.rule, self.received, self.remedy = masked(rule), masked(received), masked(remedy)
        self.series, self.timestamps = series, timestamps
        super().__init__(f"{self.rule}: {self.received}. {self.remedy}")

    def receiving(self, received: str) -> "DataRejected":
        """Return the same with other words for what was received, such as with the name of the file."""
        return _rebuild(type(self), self.rule, received, self.remedy, self.series, self.timestamps)

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the facts: Prefect pickles what a task raises."""
        return _rebuild, (type(self), self.rule, self.received, self.remedy, self.series, self.timestamps)


class TooLittleHistory(DataRejected):
    """There are not enough rows before as_of to cut a window of each part: to a backfill no failure, but no data."""


class ChampionUnusable(RecurcastError):
    """The champion's files are missing or damaged; the alias stays where it is."""

    def __init__(self, name: str, version: int, why: str) -> None:
        self.name, self.version, self.why = name, version, masked(why)
        super().__init__(
            f"a champion is loaded to be scored and to forecast; version {version} of '{name}' can't be: {why}. "
            f"Restore its files, or go back to the one before: recurcast rollback {name}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild from the facts: Prefect pickles what a task raises."""
        return type(self), (self.name, self.version, self.why)


class StoreUnavailable(RecurcastError):
    """MLflow's or Prefect's store cannot be reached, read or written."""


class ExecutorUnavailable(RecurcastError):
    """Who is to fit the cells can't be reached, can't do it, or is gone."""


class NamedLikeCommand(UserWarning):
    """A pipeline is called as a command that came later."""


def _rebuild(
    kind: type[DataRejected], rule: str, received: str, remedy: str, series: str | None, timestamps: tuple[str, ...]
) -> DataRejected:
    return kind(rule, received, remedy, series=series, timestamps=timestamps)


def _readable(message: str) -> str:
    """What a file or a configuration holds is quoted in messages, and may be longer than anybody reads."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    half = _LONGEST_MESSAGE // 2
    return f"{message[:half]} ... ({len(message) - 2 * half:,} characters left out) ... {message[-half:]}"


def nearest(word: str, valid: list[str]) -> str:
    """Return a hint such as "Did you mean 'energy'? Valid: energy, sine.", for a word that is not in `valid`."""
    close = get_close_matches(word, [each for each in valid if len(each) <= _LONGEST_WORD], n=1, cutoff=0.5)
    meant = f"Did you mean '{close[0]}'? " if close else ""
    shown = [each if len(each) <= _LONGEST_WORD else f"{each[: _LONGEST_WORD - 3]}..." for each in valid[:_MOST_WORDS]]
    more = f" and {len(valid) - _MOST_WORDS:,} more" if len(valid) > _MOST_WORDS else ""
    return f"{meant}Valid: {', '.join(shown) or 'none'}{more}."
