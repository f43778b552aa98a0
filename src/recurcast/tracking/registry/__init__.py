"""The registry: who is champion, and who was."""
