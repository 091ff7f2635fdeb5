"""Modules that each fail in another way, and one that does not."""
