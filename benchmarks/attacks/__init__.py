"""What `attack.py` throws at the command line: mutated files and configurations, and kills; and how it is judged."""
