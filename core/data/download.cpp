#include "core/data/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include "core/base/digest.h"
#include "core/base/error.h"

namespace scanline {

namespace fs = std::filesystem;

namespace {

constexpr int kTries = 5;                            ///< in a row without a new byte
constexpr int64_t kMostUnknown = int64_t{64} << 30;  ///< bytes of a file whose size is not known

/// <target>.part, open for going on. Locked, so that two programs do not write into each other's download.
class PartFile {
 public:
  explicit PartFile(fs::path file) : file_(std::move(file)) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail("cannot be written");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor_);
      throw Error(fmt::format("{} is being fetched by another program. Wait for it to end.", file_.string()));
    }
    size_ = ::lseek(descriptor_, 0, SEEK_END);
  }
  ~PartFile() { ::close(descriptor_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const fs::path& path() const { return file_; }
  int64_t size() const { return size_; }
  void write(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t put = ::pwrite(descriptor_, bytes, count, size_);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("cannot be written");
      bytes += put;
      count -= static_cast<size_t>(put);
      size_ += put;
    }
  }
  void clear() {
    if (::ftruncate(descriptor_, 0) != 0) fail("cannot be emptied");
    size_ = 0;
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail("cannot be written to the disk");
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw Error(fmt::format("{} {}: {}.", file_.string(), what, std::strerror(errno)));
  }

  fs::path file_;
  int descriptor_ = -1;
  int64_t size_ = 0;
};

/// One request for the missing bytes. libcurl is C: exceptions of its callbacks are kept, and thrown after it returns.
class Request {
 public:
  /// `address`: that of the download, or one that its server redirected to.
  Request(const std::string& address, const Download& what, PartFile& part, const Control& control)
      : what_(what), part_(part), control_(control), handle_(curl_easy_init(), curl_easy_cleanup) {
    if (!handle_) throw Error("libcurl does not start; there is too little memory.");
    set(CURLOPT_URL, address.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");  // which of the two: ensureEncrypted()
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "Scanline");
    set(CURLOPT_CONNECTTIMEOUT, 30L);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // a minute without a byte is the end of this try
    set(CURLOPT_LOW_SPEED_TIME, 60L);
    set(CURLOPT_ERRORBUFFER, message_.data());
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Request::onBytes);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Request::onTick);
    set(CURLOPT_NOPROGRESS, 0L);
    if (part.size() > 0) set(CURLOPT_RANGE, fmt::format("{}-", part.size()).c_str());
  }

  CURLcode run() {
    asked_ = part_.size();
    const CURLcode code = curl_easy_perform(handle_.get());
    if (failure_) std::rethrow_exception(failure_);
    return code;
  }
  long status() const {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
  /// Where the answer sends on to; empty if it does not.
  std::string sentOnTo() const {
    const char* address = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &address);
    return address ? address : "";
  }
  std::string reason(CURLcode code) const { return message_[0] ? message_.data() : curl_easy_strerror(code); }

 private:
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(handle_.get(), option, value);
  }

  static size_t onBytes(char* bytes, size_t one, size_t count, void* self) {
    auto& request = *static_cast<Request*>(self);
    try {
      request.take(bytes, one * count);
      return one * count;
    } catch (...) {
      request.failure_ = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
  }
  static int onTick(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& request = *static_cast<Request*>(self);
    try {
      request.control_.report(request.part_.size(), request.what_.bytes);
      return 0;
    } catch (...) {
      request.failure_ = std::current_exception();
      return 1;
    }
  }

  void take(const char* bytes, size_t count) {
    const long code = status();
    if (code != 200 && code != 206) return;                    // the page of an error
    if (asked_ > 0 && (code == 200 || !beginsWhereAsked())) {  // it knows no ranges and begins again
      if (code == 206) throw Error(fmt::format("{} sends another part of the file than it was asked for.", what_.url));
      part_.clear();
    }
    asked_ = 0;
    const int64_t most = what_.bytes > 0 ? what_.bytes : kMostUnknown;
    if (part_.size() + static_cast<int64_t>(count) > most) {
      part_.clear();
      throw Error(fmt::format(
          "{} sends more than the {} bytes that the file has. It is another file; nothing was kept.", what_.url, most));
    }
    part_.write(bytes, count);
  }

  /// By the header Content-Range, as in "bytes 1000-1999/2000".
  bool beginsWhereAsked() const {
    curl_header* header = nullptr;
    if (curl_easy_header(handle_.get(), "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return false;
    return std::string_view(header->value).starts_with(fmt::format("bytes {}-", asked_));
  }

  const Download& what_;
  PartFile& part_;
  const Control& control_;
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  int64_t asked_ = 0;  ///< where the answer is to begin
  std::exception_ptr failure_;
};

[[noreturn]] void throwUnreachable(const Download& what, const std::string& reason, const PartFile& part) {
  const std::string kept = part.size() > 0
                               ? fmt::format(" {} bytes of it lie in {}, and the next try goes on from there.",
                                             part.size(), part.path().string())
                               : "";
  throw Error(
      fmt::format("{} cannot be fetched: {}.{} Without a network, fetch it on another computer and copy it to {}.",
                  what.url, reason, kept, part.path().parent_path().string()));
}

bool isWhole(const Download& what, const PartFile& part, CURLcode code) {
  return what.bytes > 0 ? part.size() == what.bytes : code == CURLE_OK;
}

/// Longer from try to try, to spare a server that is overloaded.
void waitBefore(int tries, const Download& what, const PartFile& part, const Control& control) {
  using namespace std::chrono_literals;
  for (int i = 0; i < (1 << tries) - 1; ++i) {
    control.report(part.size(), what.bytes);
    std::this_thread::sleep_for(100ms);
  }
}

/// Any router on the way can read and change plain http. Connections to this machine itself pass no router.
void ensureEncrypted(const std::string& address) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string out;
    if (curl_url_get(url.get(), which, &text, 0) == CURLUE_OK) out = text;
    curl_free(text);
    return out;
  };
  if (url && curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) == CURLUE_OK) {
    const std::string scheme = part(CURLUPART_SCHEME), host = part(CURLUPART_HOST);
    if (scheme == "https") return;
    if (scheme == "http" && (host == "127.0.0.1" || host == "localhost" || host == "[::1]")) return;
  }
  throw Error(fmt::format(
      "{} is no https address, and data sets are fetched over encrypted connections alone. Give one that begins with https:// with --mirror, or fetch the file yourself.",
      address));
}

/// Fetches until the file is complete.
void fetchPart(const Download& what, PartFile& part, const Control& control) {
  constexpr int kMostSentOn = 5;
  std::string address = what.url;
  int sentOn = 0;
  for (int tries = 0; what.bytes == 0 || part.size() < what.bytes;) {
    waitBefore(tries, what, part, control);
    ensureEncrypted(address);
    const int64_t before = part.size();
    Request request(address, what, part, control);
    const CURLcode code = request.run();
    const long status = request.status();
    if (std::string next = request.sentOnTo(); code == CURLE_OK && !next.empty()) {
      if (++sentOn > kMostSentOn) throwUnreachable(what, "the server sends from one address to the next", part);
      address = std::move(next);
      continue;
    }
    address = what.url;  // of another try: addresses that are sent on to hold for a short time
    sentOn = 0;
    if (status == 416 && before > 0) {  // nothing behind the part: it is whole, or of something else
      if (what.bytes == 0) return;
      part.clear();
      ++tries;
      continue;
    }
    if (status >= 400) {
      const bool passes = status >= 500 || status == 429;
      if (!passes || ++tries >= kTries)
        throwUnreachable(what, fmt::format("the server answers with status {}", status), part);
      continue;
    }
    if ((code == CURLE_OK || code == CURLE_PARTIAL_FILE) && isWhole(what, part, code)) return;
    tries = part.size() > before ? 0 : tries + 1;
    const bool hopeless = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
                          code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ||
                          code == CURLE_PEER_FAILED_VERIFICATION;
    if (hopeless || tries >= kTries)
      throwUnreachable(what, code == CURLE_OK ? "the server sends less than the file" : request.reason(code), part);
  }
}

void startCurl() {
  static std::once_flag once;  // curl_global_init is not to run twice at the same time
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

void verifyDownload(const Download& what, const fs::path& file) {
  const auto size = static_cast<int64_t>(fs::file_size(file));
  if (what.bytes > 0 && size != what.bytes)
    throw Error(fmt::format("{} has {} bytes, but {} were expected.", file.string(), size, what.bytes));
  Digest sha256("sha256"), md5("md5");
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> buffer(1 << 20);
  while (stream.read(buffer.data(), std::ssize(buffer)), stream.gcount() > 0)
    for (Digest* digest : {&sha256, &md5})
      digest->add(std::string_view(buffer.data(), static_cast<size_t>(stream.gcount())));
  for (const auto& [found, known] :
       {std::pair{"sha256:" + sha256.hex(), what.checksum}, std::pair{"md5:" + md5.hex(), what.md5}})
    if (!known.empty() && found != known)
      throw Error(fmt::format("{} has the checksum {}, but {} is published.", file.string(), found, known));
}

void download(const Download& what, const fs::path& target, const Control& control) {
  startCurl();
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error)
    throw Error(fmt::format("The folder {} cannot be made: {}.", target.parent_path().string(), error.message()));
  PartFile part(fs::path(target).concat(".part"));
  if (what.bytes > 0 && part.size() > what.bytes) part.clear();
  fetchPart(what, part, control);
  part.sync();
  try {
    verifyDownload(what, part.path());
  } catch (const Error& mismatch) {
    fs::remove(part.path(), error);
    throw Error(fmt::format(
        "{} The file from {} is not the published one, or it was damaged on the way; it was removed. Try again, or take another address with --mirror.",
        mismatch.what(), what.url));
  }
  fs::rename(part.path(), target);
}

}  // namespace scanline
