"""The door to mlflow: runs, networks, registry."""
