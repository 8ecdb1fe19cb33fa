#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/learn/kernels/decode_kernels.h"
#include "core/learn/model/gpt_tensors.h"

namespace scanline {

/// Keys and values of rows (pictures) in pages of kPagePositions positions and all layers. Rows that have a past in
/// common share its pages; a row writes to its last page alone, which no other row has. One thread at a time; different
/// rows may be written from different threads.
class PagedCache {
 public:
  PagedCache(const GptShape& shape, int64_t rows, bool bf16);

  /// Of one row that shares nothing.
  static int64_t bytes(const GptShape& shape, bool bf16);

  bool isBf16() const { return isBf16_; }
  const PageLayout& layout() const { return layout_; }
  /// Elements from the beginning of a page to those of a layer.
  int64_t layerOffset(int64_t layer) const { return layer * layout_.layerSize(); }

  /// Room for positions up to `positions` of these rows.
  void grow(std::span<const int32_t> rows, int64_t positions);
  /// The pages of a row, in order; valid until the next call of grow() or select().
  void* const* pagesOf(int64_t row) const { return tables_[static_cast<size_t>(row)].addresses.data(); }
  /// Row i takes the content of row sourceOfRow[i], of which `positions` positions are filled.
  void select(std::span<const int32_t> sourceOfRow, int64_t positions);
  /// The pages of a row, one after the other.
  std::vector<char> contentOf(int64_t row) const;
  /// Of a row that has none yet, in a cache of the same shape and type.
  void setContent(int32_t row, std::span<const char> content);
  /// Whether two rows have their first page in common.
  bool haveOnePast(int64_t a, int64_t b) const {
    const auto &one = tables_[static_cast<size_t>(a)].pages, &other = tables_[static_cast<size_t>(b)].pages;
    return !one.empty() && !other.empty() && one.front() == other.front();
  }

 private:
  struct Table {
    std::vector<int32_t> pages;
    std::vector<void*> addresses;
  };
  void append(Table& table, int32_t page) const;
  /// This page, if it is free: those of a row then lie behind one another.
  int32_t takeFree(int64_t preferred);

  PageLayout layout_;
  bool isBf16_;
  int64_t pageBytes_;
  at::Tensor memory_;
  std::vector<Table> tables_;
  int64_t pagesOfRow_;
  std::vector<bool> isFree_;  ///< of each page
};

/// Asks for huge pages behind a large tensor on the CPU: fewer misses where all of it is read again and again.
void adviseHugePages(const at::Tensor& tensor);

}  // namespace scanline
