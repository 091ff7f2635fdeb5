# A thin face of nox, for a machine that has only Python, a C compiler and make.
PYTHON ?= python3
NOX = .venv/bin/nox

.PHONY: demo test lint docs

demo: $(NOX)
	@$(NOX) --session demo

test: $(NOX)
	@$(NOX) --session tests

lint: $(NOX)
	@$(NOX) --session lint

docs: $(NOX)
	@$(NOX) --session docs

$(NOX):
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet nox
