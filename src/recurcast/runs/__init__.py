"""What is asked of a run and what came of it; its fingerprint; the plan of a backfill."""
