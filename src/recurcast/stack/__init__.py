"""The local stack: MLflow's server, Prefect's server and a worker, started and stopped as one."""
