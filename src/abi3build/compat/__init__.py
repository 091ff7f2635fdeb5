"""The names that the compatibility header offers beyond the Limited API."""
