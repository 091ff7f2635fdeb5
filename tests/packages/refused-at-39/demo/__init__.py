from demo._core import encode as encode
