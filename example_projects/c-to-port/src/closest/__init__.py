"""Find the words of a list that are spelled most like a given one."""

from closest._index import Index

__all__ = ["Index"]
