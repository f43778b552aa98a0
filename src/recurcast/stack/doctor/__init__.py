"""`recurcast doctor`: everything that a project needs, looked at without leaving anything behind."""
