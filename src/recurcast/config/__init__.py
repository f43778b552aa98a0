"""What a user may say: frozen models, no unknown fields, checked once, at the border."""

from recurcast.config.cells import CELLS, USUAL, Cell
from recurcast.config.generated import GeneratedSource
from recurcast.config.kinds_of_source import Source
from recurcast.config.names import COMMAND_WORDS, NEW_WORDS
from recurcast.config.network import NetworkConfig, TrainingConfig
from recurcast.config.parts import Checks, Parts, WindowsConfig
from recurcast.config.pipeline import ForecastConfig, Gate, PipelineConfig
from recurcast.config.search import SearchConfig
from recurcast.config.source import Columns, FileSource

__all__ = [
    "CELLS",
    "COMMAND_WORDS",
    "NEW_WORDS",
    "USUAL",
    "Cell",
    "Checks",
    "Columns",
    "FileSource",
    "ForecastConfig",
    "Gate",
    "GeneratedSource",
    "NetworkConfig",
    "Parts",
    "PipelineConfig",
    "SearchConfig",
    "Source",
    "TrainingConfig",
    "WindowsConfig",
]
