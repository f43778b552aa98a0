"""The kinds of sources: the table that a source is added to."""

from typing import Annotated, get_args

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from recurcast.config.generated import GeneratedSource
from recurcast.config.interval_sources import FolderSource, PythonSource, SqlSource
from recurcast.config.source import FileSource


class _Alternatives:
    """In the schema the kinds stand side by side: of those told apart by a field Prefect's page makes no form."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        schema.pop("discriminator")
        return schema | {"anyOf": schema.pop("oneOf")}


AnySource = FileSource | FolderSource | SqlSource | PythonSource | GeneratedSource
"""The kinds; `recurcast.series.supplies` has how each gives its rows."""
Source = Annotated[AnySource, Field(discriminator="kind"), _Alternatives()]
KINDS = tuple(kind.model_fields["kind"].default for kind in get_args(AnySource))
