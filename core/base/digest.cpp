#include "core/base/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "core/base/error.h"

namespace scanline {

struct Digest::Context {
  EVP_MD_CTX* handle = EVP_MD_CTX_new();
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(handle); }
};

Digest::Digest(std::string_view name) : context_(std::make_unique<Context>()) {
  const EVP_MD* kind = name == "sha256" ? EVP_sha256() : name == "md5" ? EVP_md5() : nullptr;
  if (!kind || EVP_DigestInit_ex(context_->handle, kind, nullptr) != 1)
    throw Error(fmt::format("Checksums of the kind {} cannot be made here.", name));
}

Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size());
}

std::string Digest::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->handle, sum.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", sum.at(i));
  return text;
}

}  // namespace scanline
