"""Import libraries of ``python3.dll``, made from the tables and limited to a floor."""

from __future__ import annotations
