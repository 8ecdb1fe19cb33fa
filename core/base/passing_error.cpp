#include "core/base/passing_error.h"

#include <cerrno>

namespace scanline {

void throwSystemError(int reason, const std::string& sentence) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:  // a limit on the size of files, or of the file system's own
      throw PassingError(PassingError::Cause::NoSpace, sentence);
    case EIO:
    case EROFS:  // Linux makes a file system read-only after an error
    case ESTALE:
    case ETIMEDOUT:
      throw PassingError(PassingError::Cause::Fault, sentence);
    default:
      throw Error(sentence);
  }
}

}  // namespace scanline
