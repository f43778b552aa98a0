"""Arguments and options that several commands share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="The pipeline, as `recurcast pipelines` lists it.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the libraries say, and tracebacks.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
