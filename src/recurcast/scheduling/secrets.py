"""Addresses of sources out of Prefect's Secret blocks, for flow runs: where the environment has none, and no block templates."""

import os

from recurcast.config import PipelineConfig


def take_secrets(pipeline: PipelineConfig) -> None:
    """Set the variables that the pipeline's source is made of and the environment lacks, from blocks of their names.

    ENERGY_DB is the value of the Secret block `energy-db`. Only inside a flow run; what is set lasts for its process, and a
    block that is not there is told by whoever reads the source.
    """
    missing = [name for name in getattr(pipeline.source, "variables", ()) if not os.environ.get(name, "").strip()]
    if not missing:
        return
    from prefect.blocks.system import Secret
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.runtime import flow_run

    if flow_run.id is None:
        return
    with get_client(sync_client=True) as client:
        for name in missing:
            try:
                document = client.read_block_document_by_name(name.lower().replace("_", "-"), "secret")
            except ObjectNotFound:
                continue
            secret: Secret[str] = Secret.model_validate(document.data)
            os.environ[name] = str(secret.get())
