# A thin face of nox: each target makes an environment with nox once, then runs a session.
PYTHON ?= python3
NOX := .venv/bin/nox

.PHONY: demo test lint
demo test lint: $(NOX)
	$(NOX) --session $@

$(NOX):
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --upgrade pip
	.venv/bin/python -m pip install --quiet "nox>=2024.10"
