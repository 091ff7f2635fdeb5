"""`audit --deep` on modules that a compiler made, stripped of every symbol."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest
from outcomes import run_command  # placeholder
