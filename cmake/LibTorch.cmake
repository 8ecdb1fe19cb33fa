# Imported targets for LibTorch, made by hand: the package's own TorchConfig.cmake stops with an error when it was built
# for CUDA and no CUDA toolkit is installed. Only libtorch_cpu and libc10 are linked; libtorch.so would pull CUDA in.
#
# SCANLINE_LIBTORCH is the folder that holds include/ and lib/ (LibTorch >= 2.11). The set-up script puts one into the cache.
if(NOT SCANLINE_LEARN)
  return()
endif()

set(_cache "$ENV{XDG_CACHE_HOME}")
if(NOT _cache)
  set(_cache "$ENV{HOME}/.cache")
endif()
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/libtorch-version.txt _version LIMIT_COUNT 1)
set(SCANLINE_LIBTORCH "${_cache}/scanline/libtorch-${_version}/torch" CACHE PATH "Folder of LibTorch, with include/ and lib/")

foreach(_name c10 torch_cpu)
  set(_file ${SCANLINE_LIBTORCH}/lib/lib${_name}.so)
  if(NOT EXISTS ${_file})
    message(FATAL_ERROR "${_file} is missing. Run scripts/setup, or give -DSCANLINE_LIBTORCH=<folder with include/ and lib/>.")
  endif()
  add_library(LibTorch::${_name} SHARED IMPORTED GLOBAL)
  set_target_properties(LibTorch::${_name} PROPERTIES IMPORTED_LOCATION ${_file})
endforeach()
file(STRINGS ${SCANLINE_LIBTORCH}/include/torch/headeronly/version.h _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX MATCH "TORCH_VERSION_MAJOR ([0-9]+)" _ "${_lines}")
set(_major ${CMAKE_MATCH_1})
string(REGEX MATCH "TORCH_VERSION_MINOR ([0-9]+)" _ "${_lines}")
if(NOT _major OR "${_major}.${CMAKE_MATCH_1}" VERSION_LESS 2.11)
  message(FATAL_ERROR "${SCANLINE_LIBTORCH} is LibTorch ${_major}.${CMAKE_MATCH_1}; 2.11 or newer is needed.")
endif()

target_include_directories(LibTorch::torch_cpu SYSTEM INTERFACE
  ${SCANLINE_LIBTORCH}/include ${SCANLINE_LIBTORCH}/include/torch/csrc/api/include)
# LibTorch's headers bring an fmt of their own, newer than the system's library and found before it: so without the library.
target_compile_definitions(LibTorch::torch_cpu INTERFACE _GLIBCXX_USE_CXX11_ABI=1 FMT_HEADER_ONLY=1)
target_link_libraries(LibTorch::torch_cpu INTERFACE LibTorch::c10)
# The libraries that libtorch_cpu itself needs lie in folders that its own run path names; the linker need not see them.
target_link_options(LibTorch::torch_cpu INTERFACE -Wl,--allow-shlib-undefined -Wl,-rpath,${SCANLINE_LIBTORCH}/lib)
