"""The log lines of a run on the server, read while it goes on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_PAGE = 200  # the most logs that the server gives at once
_LATE = timedelta(seconds=10)  # a log may arrive after one that was written later, by another process


@dataclass
class RunLogs:
    """The logs of one run, read a little at a time, each line once."""

    flow_run_id: UUID
    newest: datetime | None = None
    seen: set[UUID] = field(default_factory=set)

    def new_lines(self, client: "SyncPrefectClient") -> tuple[str, ...]:
        """Return the lines that arrived since the last call, oldest first."""
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterTimestamp

        after = LogFilterTimestamp(after_=self.newest - _LATE) if self.newest else None
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self.flow_run_id]), timestamp=after)
        lines: list[str] = []
        offset = 0
        while page := client.read_logs(wanted, limit=_PAGE, offset=offset):
            fresh = [log for log in page if log.id not in self.seen]
            lines += [log.message for log in fresh]
            self.seen |= {log.id for log in fresh}
            self.newest = max((log.timestamp for log in page), default=self.newest)
            offset += len(page)
            if len(page) < _PAGE:
                break
        return tuple(lines)
