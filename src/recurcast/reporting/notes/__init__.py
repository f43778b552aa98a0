"""What MLflow's page says in words, as markdown: of a pipeline, an interval, a cell, a registered model."""
