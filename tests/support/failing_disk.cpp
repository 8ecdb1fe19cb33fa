// A library to be loaded before all others (LD_PRELOAD), which makes a disk fail: of the calls that write below the
// folder FAILING_DISK_FOLDER, the one of number FAILING_DISK_AT, counted from 1, and with FAILING_DISK_FOR_EVER all
// after it, fail with the errno value FAILING_DISK_ERROR. At the end of the process the number of calls is written to
// the file FAILING_DISK_COUNT. Counted: write, pwrite, fsync, fdatasync, ftruncate, rename, and open with O_CREAT.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Plan {
  const char* folder = std::getenv("FAILING_DISK_FOLDER");
  const char* count = std::getenv("FAILING_DISK_COUNT");
  long at = number("FAILING_DISK_AT", 0);
  int error = static_cast<int>(number("FAILING_DISK_ERROR", ENOSPC));
  bool forEver = number("FAILING_DISK_FOR_EVER", 0) != 0;
  std::atomic<long> calls = 0;

  static long number(const char* name, long otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::atol(text) : otherwise;
  }
  ~Plan() {
    if (count == nullptr) return;
    if (std::FILE* file = std::fopen(count, "w")) {
      std::fprintf(file, "%ld\n", calls.load());
      std::fclose(file);
    }
  }
};

Plan& plan() {
  static Plan instance;
  return instance;
}

bool fails(const char* path) {
  Plan& p = plan();
  if (p.folder == nullptr || path == nullptr || std::strncmp(path, p.folder, std::strlen(p.folder)) != 0) return false;
  const long call = ++p.calls;
  if (p.at == 0 || (p.forEver ? call < p.at : call != p.at)) return false;
  errno = p.error;
  return true;
}

bool fails(int descriptor) {
  char link[64], path[PATH_MAX + 1];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, PATH_MAX);
  if (length <= 0) return false;
  path[length] = '\0';
  return fails(path);
}

/// The function that this one stands before.
template <class Function>
Function real(const char* name, Function /*like*/) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* data, size_t size) {
  static const auto next = real("write", &write);
  return fails(descriptor) ? -1 : next(descriptor, data, size);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t at) {
  static const auto next = real("pwrite", &pwrite);
  return fails(descriptor) ? -1 : next(descriptor, data, size, at);
}
ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t at) {
  static const auto next = real("pwrite64", &pwrite64);
  return fails(descriptor) ? -1 : next(descriptor, data, size, at);
}
int fsync(int descriptor) {
  static const auto next = real("fsync", &fsync);
  return fails(descriptor) ? -1 : next(descriptor);
}
int fdatasync(int descriptor) {
  static const auto next = real("fdatasync", &fdatasync);
  return fails(descriptor) ? -1 : next(descriptor);
}
int ftruncate(int descriptor, off_t size) noexcept {
  static const auto next = real("ftruncate", &ftruncate);
  return fails(descriptor) ? -1 : next(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) noexcept {
  static const auto next = real("ftruncate64", &ftruncate64);
  return fails(descriptor) ? -1 : next(descriptor, size);
}
int rename(const char* from, const char* to) noexcept {
  static const auto next = real("rename", &rename);
  return fails(to) ? -1 : next(from, to);
}
int mkostemps(char* name, int suffix, int flags) {
  static const auto next = real("mkostemps", &mkostemps);
  return fails(name) ? -1 : next(name, suffix, flags);
}
int mkostemps64(char* name, int suffix, int flags) {
  static const auto next = real("mkostemps64", &mkostemps64);
  return fails(name) ? -1 : next(name, suffix, flags);
}

// The mode is there only where a file may be made.
#define SCANLINE_OPEN(name)                               \
  int name(const char* path, int flags, ...) {            \
    static const auto next = real(#name, &name);          \
    if ((flags & O_CREAT) == 0) return next(path, flags); \
    va_list rest;                                         \
    va_start(rest, flags);                                \
    const mode_t mode = va_arg(rest, mode_t);             \
    va_end(rest);                                         \
    return fails(path) ? -1 : next(path, flags, mode);    \
  }
SCANLINE_OPEN(open)
SCANLINE_OPEN(open64)
#undef SCANLINE_OPEN

int openat(int folder, const char* path, int flags, ...) {
  static const auto next = real("openat", &openat);
  if ((flags & O_CREAT) == 0) return next(folder, path, flags);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return fails(path) ? -1 : next(folder, path, flags, mode);
}

}  // extern "C"
