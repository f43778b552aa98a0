"""The door to Optuna: where searches are kept, how settings are drawn, which trials are whose."""
