"""DOOR prefect, for the command line: prefect.yaml, the ticks of its schedules, deployments, flow runs."""
