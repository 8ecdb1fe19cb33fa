#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

// Replaces operator new in the test program that includes this, to see how much a parser asks for before it gives up.
// Include it in one file of a program.

inline std::atomic<std::size_t> largestAllocation = 0;  ///< bytes; set it to 0 before the watched part

void* operator new(std::size_t size) {
  for (std::size_t seen = largestAllocation; size > seen && !largestAllocation.compare_exchange_weak(seen, size);) {
  }
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
