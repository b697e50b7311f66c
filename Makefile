PYTHON ?= python3
STACK  ?= dev

.PHONY: rehearse test check format clean

rehearse: venv/.assurance
	venv/bin/python -m assurance rehearse --stack $(STACK)

test: venv/.dev
	venv/bin/python -m pytest -n auto

check: venv/.dev
	venv/bin/ruff check .
	venv/bin/ruff format --check .
	venv/bin/mypy

format: venv/.dev
	venv/bin/ruff format .
	venv/bin/ruff check --fix .

venv/bin/python:
	$(PYTHON) -m venv venv

venv/.assurance: requirements.txt requirements-assurance.txt | venv/bin/python
	venv/bin/python -m pip install --quiet --requirement requirements-assurance.txt
	touch $@

venv/.dev: requirements.txt requirements-assurance.txt requirements-export.txt requirements-dev.txt | venv/bin/python
	venv/bin/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@ venv/.assurance

clean:
	rm -rf venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
