#pragma once

#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// The same tokens, read from `file`, which is written.
inline TokenSet mappedCopy(const TokenSet& tokens, const std::filesystem::path& file) {
  const auto bytes = std::as_bytes(std::span(tokens.ids));
  writeFileAtomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  std::vector<uint32_t> rows;
  for (int64_t i = 0; i < tokens.count; ++i) rows.push_back(static_cast<uint32_t>(i));
  return {.count = tokens.count,
          .length = tokens.length,
          .ids = {},
          .labels = tokens.labels,
          .file = MappedRows(std::make_shared<const MappedFile>(file), 0,
                             static_cast<size_t>(tokens.length) * sizeof(Token), std::move(rows))};
}

}  // namespace scanline
