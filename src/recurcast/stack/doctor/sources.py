"""Databases that series come from: reached, and of one mind with us about clocks and time zones."""

from collections.abc import Iterator

from recurcast.config.interval_sources import SqlSource
from recurcast.errors import RecurcastError
from recurcast.series.reading.addresses import address_of
from recurcast.stack.doctor.checks import Check, Place, failed, ok
from recurcast.stack.doctor.databases import database_checks
from recurcast.tracking.examining.database import entered


def source_checks(place: Place) -> Iterator[Check]:
    """Yield how each PostgreSQL stands that a pipeline reads, once for each address; of other sources, nothing."""
    seen = set()
    for pipeline in place.pipelines:
        source = pipeline.source
        if not isinstance(source, SqlSource) or source.url in seen:
            continue
        seen.add(source.url)
        name = f"source of {pipeline.name}"
        try:
            address = address_of(source, pipeline.name, place.root)
        except RecurcastError as error:
            yield failed(name, str(error), "On a worker a Secret block of the variable's name gives it, too.")
            continue
        if address.backend == "postgresql":
            yield from _postgresql(name, address.url.render_as_string(hide_password=False), place)


def _postgresql(name: str, url: str, place: Place) -> Iterator[Check]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with entered(url) as engine:
            yield ok(name, f"{engine.url.render_as_string()} answers")
            yield from database_checks(name, engine, place.zones)
    except (RecurcastError, SQLAlchemyError) as error:
        said = next(iter(str(error).splitlines()), "").replace("MLFLOW_TRACKING_URI", "the source's address")
        yield failed(name, said, "Start the database, or correct its address.")
