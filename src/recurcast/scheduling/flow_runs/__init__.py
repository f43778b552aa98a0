"""Flow runs: submitted, waited for, told apart by tags."""
