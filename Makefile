# Everything runs in an environment built on first use and rebuilt when
# pyproject.toml changes. Another interpreter, next to the first:
#   make PYTHON=python3.13 VENV=.venv-3.13 test
PYTHON ?= python3
VENV ?= .venv
MODULE ?= metrics
OLDEST ?= python3.11

RUN = $(VENV)/bin/python
SPREAD = --numprocesses auto  # tests over all processors
PIP = $(RUN) -m pip install --quiet --disable-pip-version-check
VERSION_CHECK = import sys; found = sys.version_info[:3]; sys.exit(found < (3, 11) and \
  "cxmkit needs Python 3.11 or newer; $(PYTHON) is %d.%d.%d. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" % found)
VENV_CHECK = import ensurepip, venv
VENV_HELP = $(PYTHON) cannot build environments: its venv module is missing. \
  On Debian and Ubuntu: apt install python3-venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:  # two pips must not share an environment
.PRECIOUS: $(VENV)/.installed-%
.PHONY: help example test coverage lint types docs bench interop oldest mutants clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##  */  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c '$(VERSION_CHECK)'
	@$(PYTHON) -c '$(VENV_CHECK)' 2>/dev/null || { echo '$(VENV_HELP)' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) --editable . $(PINS)
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	$(PIP) --editable '.[$*]' $(PINS)
	@touch $@

example: $(VENV)/.installed  ## run the examples; installs numpy and attrs only
	@for script in examples/*.py; do $(RUN) $$script || exit 1; done

test: $(VENV)/.installed-tests  ## tests and doctests
	$(RUN) -m pytest $(SPREAD)

# Watching every branch takes as long again, so it is a step of its own.
coverage: $(VENV)/.installed-tests  ## the same, and every branch must be covered
	$(RUN) -m pytest --cov $(SPREAD)

lint: $(VENV)/.installed-lint  ## rules, format, spelling, direction of imports
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(VENV)/bin/codespell
	$(VENV)/bin/lint-imports

# Only an installed copy shows users' type checkers that py.typed is shipped.
types: $(VENV)/.installed-types  ## mypy and pyright, strict, also as users see it
	$(RUN) -m mypy
	$(RUN) -m pyright --pythonpath $(RUN)
	$(PYTHON) -m venv --clear $(VENV)-user
	$(VENV)-user/bin/python -m pip install --quiet --disable-pip-version-check '.[testing]'
	PATH="$(CURDIR)/$(VENV)-user/bin:$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)-user" \
	  $(VENV)/bin/pyright --verifytypes cxmkit --ignoreexternal

docs: $(VENV)/.installed-docs  ## build/docs/index.html, every notebook executed
	$(RUN) -m sphinx -W --keep-going -q -d build/doctrees docs build/docs

bench: $(VENV)/.installed-interop $(VENV)/.installed-peers  ## run the benchmarks
	@for script in benchmarks/*.py; do $(RUN) $$script || exit 1; done

# `pytest interop --all-seeds` lets slow peers fit every random data set.
interop: $(VENV)/.installed-tests $(VENV)/.installed-interop $(VENV)/.installed-peers  ## columns of other libraries; results of peers
	$(RUN) -m pytest interop $(SPREAD)

# numpy 2.0.0 has no wheel beyond Python 3.12.
oldest:  ## tests with the oldest Python, numpy and attrs we promise
	@$(MAKE) --no-print-directory test VENV=.venv-oldest PYTHON=$(OLDEST) \
	  PINS='numpy==2.0.0 attrs==23.2.0'

mutants: $(VENV)/.installed-mutation  ## change MODULE=metrics bit by bit, show what no test notices
	rm -rf mutants
	$(VENV)/bin/mutmut run 'cxmkit.$(MODULE).*'
	@$(VENV)/bin/mutmut results | sed -n -e 's/: survived//p' -e 's/: no tests//p' | xargs -r -n 1 $(VENV)/bin/mutmut show

clean:  ## remove all that was built, environments too
	rm -rf .venv* build dist docs/generated mutants .coverage .hypothesis .*_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
