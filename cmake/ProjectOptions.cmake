# One INTERFACE target, `project_options`, that every target of ours links privately: language level, warnings, sanitizers.
option(SCANLINE_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)
set(SCANLINE_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined or thread")
option(SCANLINE_LEARN "Build the parts that need LibTorch" ON)
option(SCANLINE_UNITY "Compile most files eight at a time: reading headers is most of their time" ON)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
# Installed programs find our shared libraries beside them, wherever the tree is moved to.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

find_program(CCACHE ccache)
if(CCACHE)
  # The precompiled header of <torch/torch.h> is cacheable only with these.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_library(project_options INTERFACE)
target_compile_features(project_options INTERFACE cxx_std_20)
target_compile_options(project_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # RunSpec{.model = {.layers = 2}} leaves the other fields at their defaults, as intended.
  -Wno-missing-field-initializers
  $<$<BOOL:${SCANLINE_WARNINGS_AS_ERRORS}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
if(SCANLINE_SANITIZE)
  target_compile_options(project_options INTERFACE -fsanitize=${SCANLINE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(project_options INTERFACE -fsanitize=${SCANLINE_SANITIZE})
endif()
