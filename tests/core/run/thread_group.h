#pragma once

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/run/process_group.h"

/// Groups whose "processes" are threads of this program and whose messages are copies in memory.
class ThreadGroup {
 public:
  explicit ThreadGroup(int size, std::chrono::milliseconds timeout = std::chrono::minutes(5))
      : size_(size), timeout_(timeout), barrier_(size), slots_(static_cast<size_t>(size)) {}

  /// For what begins to wait from now on. Any thread.
  void setTimeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }

  /// work(group) in each of them.
  void run(const std::function<void(scanline::ProcessGroup&)>& work) {
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < size_; ++rank)
      threads.emplace_back([this, rank, &work] {
        Member member(*this, rank);
        work(member);
      });
  }

 private:
  struct Slot {
    const void* data = nullptr;
    std::vector<int64_t> counts;
  };

  class Member final : public scanline::ProcessGroup {
   public:
    Member(ThreadGroup& all, int rank) : all_(all), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return all_.size_; }
    int localRank() const override { return rank_; }
    bool isLost() const override { return isLost_; }
    void markLost() noexcept override { isLost_ = true; }
    std::chrono::milliseconds timeout() const override { return all_.timeout_; }
    void shutdown() noexcept override {}
    void barrier() override { all_.barrier_.arrive_and_wait(); }

    void exchange(std::span<const float> out, std::span<const int64_t> outCounts, std::span<float> in,
                  std::span<const int64_t> inCounts) override {
      show(out.data(), {outCounts.begin(), outCounts.end()});
      float* to = in.data();
      for (size_t r = 0; r < all_.slots_.size(); ++r) {
        const auto& slot = all_.slots_[r];
        int64_t skip = 0;
        for (int before = 0; before < rank_; ++before) skip += slot.counts[static_cast<size_t>(before)];
        to = std::copy_n(static_cast<const float*>(slot.data) + skip, inCounts[r], to);
      }
      barrier();
    }
    void gather(std::span<const std::byte> mine, std::span<std::byte> all, bool,
                const std::function<void()>& turn) override {
      all_.slots_[static_cast<size_t>(rank_)] = {mine.data(), {}};
      for (++all_.gathering_; turn && all_.gathering_ % all_.size_ != 0; std::this_thread::yield()) turn();
      barrier();
      for (size_t r = 0; r < all_.slots_.size(); ++r)
        std::memcpy(all.data() + r * mine.size(), all_.slots_[r].data, mine.size());
      barrier();
    }
    int64_t add(const std::string& name, int64_t summand) override {
      const std::scoped_lock lock(all_.mutex_);
      return all_.numbers_[name] += summand;
    }
    void broadcast(std::span<std::byte> bytes, bool) override {
      show(bytes.data(), {});
      if (rank_ > 0) std::memcpy(bytes.data(), all_.slots_[0].data, bytes.size());
      barrier();
    }

   private:
    void show(const void* data, std::vector<int64_t> counts) {
      all_.slots_[static_cast<size_t>(rank_)] = {data, std::move(counts)};
      barrier();
    }
    ThreadGroup& all_;
    int rank_;
    bool isLost_ = false;
  };

  int size_;
  std::atomic<std::chrono::milliseconds> timeout_;
  std::barrier<> barrier_;
  std::vector<Slot> slots_;
  std::atomic<int> gathering_ = 0;  ///< calls of gather() so far, of all members
  std::mutex mutex_;
  std::map<std::string, int64_t> numbers_;
};
