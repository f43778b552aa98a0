"""Where fits are carried out: in this process, or in others that hand back weights. Nothing here writes to MLflow."""
