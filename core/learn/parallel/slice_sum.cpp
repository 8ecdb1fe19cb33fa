#include "core/learn/parallel/slice_sum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/gpus.h"
#include "core/learn/parallel/core_share.h"
#include "core/learn/parallel/nccl_group.h"
#include "core/run/slice_tree.h"

namespace scanline {

namespace {

void broadcastByHost(ProcessGroup& group, const at::Tensor& tensor) {
  const auto host = tensor.cpu().contiguous();
  group.broadcast({static_cast<std::byte*>(host.data_ptr()), static_cast<size_t>(host.nbytes())}, /*patient=*/false);
  if (group.rank() > 0 && !host.is_same(tensor)) tensor.copy_(host);
}

class HostSliceSum final : public SliceSum {
 public:
  /// `problem`: why tensors of a device take this way, or empty.
  HostSliceSum(ProcessGroup& group, int64_t slices, std::string problem)
      : group_(group), exchange_(group, slices), problem_(std::move(problem)) {}

  void sum(std::span<const at::Tensor> nodes, const at::Tensor& total, int threads) override {
    std::vector<at::Tensor> hosts;
    std::vector<std::span<const float>> spans;
    for (const auto& node : nodes) {
      hosts.push_back(node.cpu());
      spans.emplace_back(hosts.back().const_data_ptr<float>(), static_cast<size_t>(hosts.back().numel()));
    }
    const auto host = total.is_cpu() ? total : at::empty(total.sizes(), at::kFloat);
    exchange_.sum(spans, {host.mutable_data_ptr<float>(), static_cast<size_t>(host.numel())}, threads);
    if (!host.is_same(total)) total.copy_(host);
  }

  void broadcast(const at::Tensor& tensor) override { broadcastByHost(group_, tensor); }

  std::string description() const override {
    if (problem_.empty()) return "The processes exchange gradients by Gloo.";
    return fmt::format("The processes exchange gradients by Gloo, through the memory of the host. {}", problem_);
  }

 private:
  ProcessGroup& group_;
  SliceExchange exchange_;
  std::string problem_;
};

/// Every process adds a part of the tensors, which lie on its GPU throughout.
class NcclSliceSum final : public SliceSum {
 public:
  NcclSliceSum(ProcessGroup& group, int64_t slices, at::Device device)
      : group_(group), slices_(slices), device_(device), nccl_(group, device) {}

  void sum(std::span<const at::Tensor> nodes, const at::Tensor& total, int) override {
    const int64_t processes = group_.size(), length = total.numel(), chunk = (length + processes - 1) / processes;
    const auto chunkOf = [&](const at::Tensor& flat, int64_t c) {
      const int64_t begin = std::min(length, c * chunk);
      return flat.narrow(0, begin, std::min(length - begin, chunk));
    };
    const int64_t own = group_.rank(), size = chunkOf(total, own).numel();

    // 1. To every process its chunk of each partial sum.
    std::vector<TreeSum<at::Tensor>::Node> parts;  // of this process's chunk, from the left
    std::vector<NcclGroup::Message> out, in;
    int64_t incoming = 0;
    for (int64_t r = 0; r < processes; ++r)
      if (r != own) incoming += std::ssize(nodesOf(partOf(slices_, processes, r)));
    if (!received_.defined() || received_.numel() < incoming * size)
      received_ = at::empty({incoming * size}, total.options());
    for (int64_t r = 0, place = 0; r < processes; ++r) {
      const auto theirs = nodesOf(partOf(slices_, processes, r));
      for (size_t i = 0; i < theirs.size(); ++i) {
        const auto part = r == own ? chunkOf(nodes[i], own) : received_.narrow(0, place++ * size, size);
        if (r != own && size > 0) in.push_back({static_cast<int>(r), part});
        parts.push_back({theirs[i].begin, theirs[i].size(), part});
      }
      for (const auto& node : nodes)
        if (const auto part = chunkOf(node, r); r != own && part.numel() > 0)
          out.push_back({static_cast<int>(r), part});
    }
    nccl_.exchange(out, in);

    // 2. The sum of this process's chunk.
    const auto add = [](at::Tensor& into, const at::Tensor& other) { into.add_(other); };
    TreeSum<at::Tensor> tree;
    for (auto& part : parts) tree.add(std::move(part), add);
    chunkOf(total, own).copy_(tree.total(add));

    // 3. All chunks to everybody.
    out.clear();
    in.clear();
    for (int r = 0; r < static_cast<int>(processes); ++r) {
      if (r == own) continue;
      if (size > 0) out.push_back({r, chunkOf(total, own)});
      if (const auto part = chunkOf(total, r); part.numel() > 0) in.push_back({r, part});
    }
    nccl_.exchange(out, in);
  }

  void broadcast(const at::Tensor& tensor) override {
    if (tensor.device() == device_ && tensor.is_contiguous())
      nccl_.broadcast(tensor);
    else  // a few numbers that lie with the host
      broadcastByHost(group_, tensor);
  }

  std::string description() const override {
    const int version = nccl_.version();
    return fmt::format("The GPUs exchange gradients by NCCL {}.{}.{}.", version / 10000, version / 100 % 100,
                       version % 100);
  }

 private:
  ProcessGroup& group_;
  int64_t slices_;
  at::Device device_;
  NcclGroup nccl_;
  at::Tensor received_;
};

/// Of one process, as plain bytes, since it is sent.
struct Seat {
  char machine[64] = {};
  char gpu[64] = {};
  char problem[256] = {};  ///< why it has no NCCL
};

template <size_t N>
void put(char (&to)[N], std::string_view text) {
  std::memcpy(to, text.data(), std::min(text.size(), N - 1));
}

Seat seatOf(at::Device device) {
  Seat seat;
  put(seat.machine, machineId());
  put(seat.gpu, device.str());  // good enough where all processes see all GPUs
  if (device.is_cuda())
    for (const Gpu& gpu : findGpus())
      if (gpu.number == device.index() && !gpu.id.empty()) put(seat.gpu, gpu.id);
  try {
    (void)ncclApi();
  } catch (const Error& problem) {
    put(seat.problem, problem.what());
  }
  return seat;
}

/// Why these processes cannot use NCCL, the same in all of them; empty: they can.
std::string problemWithNccl(ProcessGroup& group, at::Device device) {
  const Seat own = seatOf(device);
  std::vector<Seat> all(static_cast<size_t>(group.size()));
  group.gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(all)), /*patient=*/false);
  for (size_t r = 0; r < all.size(); ++r) {
    if (all[r].problem[0] != '\0') return fmt::format("Process {}: {}", r, all[r].problem);
    for (size_t s = 0; s < r; ++s)
      if (std::string_view(all[r].machine) == all[s].machine && std::string_view(all[r].gpu) == all[s].gpu)
        return fmt::format(
            "Processes {} and {} share a GPU, and NCCL wants one for each. Start as many processes as there are GPUs.",
            s, r);
  }
  return {};
}

}  // namespace

std::unique_ptr<SliceSum> makeSliceSum(ProcessGroup& group, int64_t slices, at::Device device) {
  if (device.is_cpu()) return std::make_unique<HostSliceSum>(group, slices, "");
  std::string problem = problemWithNccl(group, device);
  if (problem.empty()) {
    try {
      return std::make_unique<NcclSliceSum>(group, slices, device);
    } catch (const GroupLost&) {
      throw;
    } catch (const Error& failure) {
      problem = failure.what();
    }
  }
  return std::make_unique<HostSliceSum>(group, slices, problem);
}

}  // namespace scanline
