#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/run/process_group.h"

namespace scanline {

/// begin .. end - 1.
struct Range {
  int64_t begin = 0, end = 0;

  int64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// Part `part` of `count` things cut into `parts` parts whose sizes differ by one at most.
Range partOf(int64_t count, int64_t parts, int64_t part);

/// Adds values of slices 0, 1, 2, ... along one tree that depends on nothing but the slices' numbers: neighbours 2k and
/// 2k + 1 are added, then their sums likewise, and where the number is no power of two the rest is added from the
/// right. Partial sums of consecutive slices may come in place of values, so a sum that several processes began is, bit
/// for bit, the sum that one process makes.
template <class Value>
class TreeSum {
 public:
  struct Node {
    int64_t begin = 0, count = 1;  ///< slices
    Value value;
  };

  /// The next slices from the left. `merge(into, value)` adds value to into.
  template <class Merge>
  void add(Node node, const Merge& merge) {
    while (!nodes_.empty() && nodes_.back().count == node.count && nodes_.back().begin % (2 * node.count) == 0 &&
           nodes_.back().begin + nodes_.back().count == node.begin)
      node = merged(std::move(node), merge);
    nodes_.push_back(std::move(node));
  }
  /// The sums so far of slices that cannot be added before others have come, from the left.
  std::vector<Node>& nodes() { return nodes_; }
  /// The sum of all, after the last slice. At least one was added.
  template <class Merge>
  Value total(const Merge& merge) {
    while (nodes_.size() > 1) {
      Node last = std::move(nodes_.back());
      nodes_.pop_back();
      Node sum = merged(std::move(last), merge);
      nodes_.push_back(std::move(sum));
    }
    return std::move(nodes_.back().value);
  }

 private:
  template <class Merge>
  Node merged(Node right, const Merge& merge) {
    Node left = std::move(nodes_.back());
    nodes_.pop_back();
    merge(left.value, std::move(right.value));
    left.count += right.count;
    return left;
  }

  std::vector<Node> nodes_;
};

/// Where the partial sums that a TreeSum of these slices has begin and end.
std::vector<Range> nodesOf(Range slices);

/// The sum of values[slice * width + k] over slices along that tree, for each k < width.
std::vector<double> sumAlongTree(std::span<const double> values, int64_t width);

/// Sums of float buffers over the slices of all processes, along that tree. Process r holds the slices
/// partOf(slices, size, r). Every process adds a part of the buffer and sends it to the others, so that each sends and
/// receives as much as in a ring: twice the buffer, nearly. One thread at a time.
class SliceExchange {
 public:
  /// `group` outlives this.
  SliceExchange(ProcessGroup& group, int64_t slices) : group_(group), slices_(slices) {}

  /// `nodes`: those of a TreeSum of this process's slices, each as long as `total`, which all processes get. Adds on up
  /// to `threads` threads. Throws GroupLost.
  void sum(std::span<const std::span<const float>> nodes, std::span<float> total, int threads);

 private:
  struct Memory {
    std::unique_ptr<float[]> floats;
    int64_t size = 0;
    float* atLeast(int64_t count);
  };
  ProcessGroup& group_;
  int64_t slices_;
  Memory packed_, received_, sum_, gathered_;
};

}  // namespace scanline
