"""Recurcast: scheduled training of recurrent forecasters."""
