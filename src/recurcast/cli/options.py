"""Arguments and options that several commands share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pipeline, as `recurcast pipelines` lists it.")]
OnlyName = Annotated[
    str | None,
    typer.Argument(metavar="NAME", help="The pipeline; may be left out where the project has only one."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="T",
        help="Know nothing after this instant, such as 2024-03-01T06:00; without zone, in the schedule's.",
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries say, and tracebacks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
ExecutorName = Annotated[
    str | None,
    typer.Option(
        "--executor",
        metavar="KIND",
        help="Who fits: here, processes of this machine, dask, or the address of its scheduler such as tcp://10.0.0.5:8786; "
        "if left out, as RECURCAST_EXECUTOR or place.yaml says, else here.",
    ),
]
