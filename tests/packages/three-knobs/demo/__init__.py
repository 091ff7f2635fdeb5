from demo._core import twice as twice
