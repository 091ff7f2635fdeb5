"""What CPython's references say has changed, and what the table makes of it."""
