# AFLI: every target works as the first command in a fresh clone.
# Needed: python3 (3.11 or newer) with pip and venv, make, and a package index for the first run.

PYTHON ?= python3
NOTEBOOKS ?=
REQUIREMENTS ?= requirements.txt
COURSE ?=
SET ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup book pdf slides test lab bench run status launch lint assignments grade

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 14 | sed 's/^/  make /'

setup: $(STAMP)  ## set up .venv, if requirements.txt or pyproject.toml have changed

$(STAMP): $(REQUIREMENTS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "AFLI needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(REQUIREMENTS)
	@touch $@

# One thread: networks as small as those of the claims and chapters are no faster with more.
book pdf run status: export OMP_NUM_THREADS := 1
book: $(STAMP)  ## build the book as HTML in _build/html; a warning is an error
	@rm -rf _build/html _build/.doctrees
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "Open $(CURDIR)/_build/html/index.html"

pdf: $(STAMP)  ## build the book as a PDF, with hints and solutions at the end; needs XeLaTeX
	@type xelatex latexmk >/dev/null || { echo "Install XeLaTeX: on Debian texlive-xetex texlive-latex-extra texlive-fonts-recommended texlive-lang-english tex-gyre fonts-dejavu latexmk"; exit 1; }
	@rm -rf _build/latex _build/.doctrees
	$(BIN)/jupyter-book build . --builder custom --custom-builder latex -W -n --keep-going
	cd _build/latex && latexmk -quiet -xelatex -halt-on-error afli.tex
	@echo "Open $(CURDIR)/_build/latex/afli.pdf"

slides: book  ## build the book, and put the slides of all chapters into _build/slides
	@rm -rf _build/slides
	@cp -r _build/html/slides _build/slides
	@echo "Open $(CURDIR)/_build/slides/index.html"

# Tests run on the images that everyone has: `test` looks for others in an empty folder.
NO_IMAGES := $(CURDIR)/$(VENV)/no-images
test: export OMP_NUM_THREADS := 1
test: lint  ## run every test: the package, every notebook cell, every page of the book
	@mkdir -p "$(NO_IMAGES)"
	AFLI_DATA="$(NO_IMAGES)" $(BIN)/python -m pytest -n 2 --dist loadfile --nbval --nbval-current-env tests book

lint: $(STAMP)  ## check the style of the package and the notebooks
	$(BIN)/ruff check

lab: $(STAMP)  ## open JupyterLab on the chapters
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) book/

bench: $(STAMP)  ## run the benchmarks
	$(BIN)/python -m pytest --benchmark-enable -p no:cacheprovider -q -s -o python_files='bench_*.py' benchmarks

run: $(STAMP)  ## re-run notebooks in place and store their outputs; NOTEBOOKS="..." picks some
	$(BIN)/python tools/run_notebooks.py $(NOTEBOOKS)

status: $(STAMP)  ## measure time and memory of the chapters for the status page; NOTEBOOKS="..."
	$(BIN)/python tools/measure_notebooks.py $(NOTEBOOKS)

launch: $(STAMP)  ## write the cell that fetches the course on Colab into every notebook
	$(BIN)/python tools/launch.py

NAMED = $(if $(COURSE),,$(error Name the folder of the course: make $@ COURSE=course))
assignments: $(STAMP)  ## make student copies in COURSE="..." with the parameters of SET=1, 2, ...
	$(NAMED)$(BIN)/python tools/assignments.py release "$(COURSE)" $(if $(SET),--parameters $(SET))

grade: $(STAMP)  ## mark what was handed in to COURSE="..."
	$(NAMED)$(BIN)/python tools/assignments.py grade "$(COURSE)"
