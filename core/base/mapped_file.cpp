#include "core/base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace scanline {

MappedFile::MappedFile(const std::filesystem::path& file) : path_(file) {
  const auto fail = [&](const char* what) {
    throw Error(fmt::format("{} {}: {}.", file.string(), what, std::strerror(errno)));
  };
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail("cannot be opened");
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }  // the mapping stays
  } const closer{descriptor};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail("cannot be read");
  if (!S_ISREG(status.st_mode)) throw Error(fmt::format("{} is not a plain file.", file.string()));
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // mmap refuses nothing
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) fail("cannot be mapped into memory");
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace scanline
