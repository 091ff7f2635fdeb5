"""What Python.h makes of each public name, with each version and under each limit."""
