"""The chains: train, forecast, backfill."""
