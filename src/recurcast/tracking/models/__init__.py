"""The models that MLflow keeps: networks, frame models, bundles."""
