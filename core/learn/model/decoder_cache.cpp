#include "core/learn/model/decoder_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace scanline {

namespace {

PageLayout layoutOf(const GptShape& shape) {
  return {.heads = shape.heads, .headWidth = shape.width / shape.heads};
}
int64_t pageBytesOf(const GptShape& shape, bool bf16) {
  return shape.layers * layoutOf(shape).layerSize() * (bf16 ? 2 : 4);
}
int64_t pagesOfPicture(const GptShape& shape) {
  return (shape.positions + kPagePositions - 1) / kPagePositions;
}

}  // namespace

int64_t PagedCache::bytes(const GptShape& shape, bool bf16) {
  return pagesOfPicture(shape) * pageBytesOf(shape, bf16);
}

PagedCache::PagedCache(const GptShape& shape, int64_t rows, bool bf16)
    : layout_(layoutOf(shape)),
      isBf16_(bf16),
      pageBytes_(pageBytesOf(shape, bf16)),
      memory_(at::empty({rows * bytes(shape, bf16)}, at::kByte)),
      tables_(static_cast<size_t>(rows)),
      pagesOfRow_(pagesOfPicture(shape)),
      isFree_(static_cast<size_t>(rows * pagesOfRow_), true) {
  adviseHugePages(memory_);
}

void PagedCache::append(Table& table, int32_t page) const {
  table.pages.push_back(page);
  table.addresses.push_back(static_cast<char*>(memory_.data_ptr()) + page * pageBytes_);
}

int32_t PagedCache::takeFree(int64_t preferred) {
  if (!isFree_[static_cast<size_t>(preferred)]) preferred = std::ranges::find(isFree_, true) - isFree_.begin();
  isFree_[static_cast<size_t>(preferred)] = false;
  return static_cast<int32_t>(preferred);
}

void PagedCache::grow(std::span<const int32_t> rows, int64_t positions) {
  for (const auto row : rows) {
    auto& table = tables_[static_cast<size_t>(row)];
    while (std::ssize(table.pages) * kPagePositions < positions)
      append(table, takeFree(row * pagesOfRow_ + std::ssize(table.pages)));
  }
}

/// There is always a free page for a copy: rows need no more pages than if they shared nothing.
void PagedCache::select(std::span<const int32_t> sourceOfRow, int64_t positions) {
  const auto whole = positions / kPagePositions;
  const bool hasPart = positions % kPagePositions != 0;
  std::vector<Table> tables(tables_.size());
  isFree_.assign(isFree_.size(), true);
  std::vector<bool> isPartTaken(tables_.size());
  std::vector<size_t> copies;  // rows whose last page another row has taken
  for (size_t row = 0; row < tables.size(); ++row) {
    const auto from = static_cast<size_t>(sourceOfRow[row]);
    const auto& source = tables_[from];
    for (int64_t page = 0; page < whole; ++page) append(tables[row], source.pages[static_cast<size_t>(page)]);
    if (hasPart && !isPartTaken[from]) {
      append(tables[row], source.pages[static_cast<size_t>(whole)]);
      isPartTaken[from] = true;
    } else if (hasPart) {
      copies.push_back(row);
    }
    for (const auto page : tables[row].pages) isFree_[static_cast<size_t>(page)] = false;
  }
  for (const auto row : copies) {
    append(tables[row], takeFree(static_cast<int64_t>(row) * pagesOfRow_ + whole));
    const auto& source = tables_[static_cast<size_t>(sourceOfRow[row])];
    std::memcpy(tables[row].addresses.back(), source.addresses[static_cast<size_t>(whole)],
                static_cast<size_t>(pageBytes_));
  }
  tables_ = std::move(tables);
}

std::vector<char> PagedCache::contentOf(int64_t row) const {
  const auto& addresses = tables_[static_cast<size_t>(row)].addresses;
  std::vector<char> content;
  content.reserve(addresses.size() * static_cast<size_t>(pageBytes_));
  for (const auto* address : addresses)
    content.insert(content.end(), static_cast<const char*>(address), static_cast<const char*>(address) + pageBytes_);
  return content;
}

void PagedCache::setContent(int32_t row, std::span<const char> content) {
  grow({&row, 1}, std::ssize(content) / pageBytes_ * kPagePositions);
  const auto& addresses = tables_[static_cast<size_t>(row)].addresses;
  for (size_t page = 0; page < addresses.size(); ++page)
    std::memcpy(addresses[page], content.data() + page * static_cast<size_t>(pageBytes_),
                static_cast<size_t>(pageBytes_));
}

void adviseHugePages(const at::Tensor& tensor) {
  constexpr uintptr_t kHugePage = 2 << 20;
  const auto begin = (reinterpret_cast<uintptr_t>(tensor.data_ptr()) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<uintptr_t>(tensor.data_ptr()) + tensor.nbytes()) / kHugePage * kHugePage;
  if (begin < end) (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // only speed is lost
}

}  // namespace scanline
