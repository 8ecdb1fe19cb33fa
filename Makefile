# make run    installs missing packages, builds the programs, and opens the workbench (without a display: the quick start in the terminal)
# make test   the same set-up, builds everything, then every test
# make asan, make tsan   the LibTorch-free tests under the sanitizers
# make format   lays out the sources as .clang-format says
# make clean  removes the build

preset := dev
build := build/$(preset)
jobs := $(shell nproc)
configure := cmake --preset $(preset) $(if $(SCANLINE_LIBTORCH),-DSCANLINE_LIBTORCH=$(SCANLINE_LIBTORCH))

# Containers and services may run without HOME; LibTorch is kept below it.
ifeq ($(strip $(HOME)),)
export HOME := $(shell getent passwd $$(id -u) | cut -d: -f6)
endif

.PHONY: run test build setup asan tsan format clean

run: setup
	$(configure)
	cmake --build $(build) -j$(jobs) --target scanline scanline-cli
	@scripts/run $(build)

test: build
	ctest --preset $(preset) -j$(jobs)

build: setup
	$(configure)
	cmake --build $(build) -j$(jobs)

setup:
	@scripts/setup

asan tsan: setup
	cmake --preset $@
	cmake --build build/$@ -j$(jobs)
	ctest --preset $@ -j$(jobs)

format:
	git ls-files '*.h' '*.cpp' | xargs clang-format -i

clean:
	rm -rf build
