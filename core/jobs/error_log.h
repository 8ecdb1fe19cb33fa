#pragma once

#include <exception>
#include <functional>
#include <string>

#include "core/run/loop.h"

namespace scanline {

/// Passes sentences on, the same one once until things went well again. One thread.
class ErrorLog {
 public:
  explicit ErrorLog(const std::function<void(std::string)>& report) : report_(report) {}
  void add(const std::exception& failure) {
    std::string sentence = failureSentence(failure);
    if (sentence == last_) return;
    last_ = sentence;
    if (report_) report_(std::move(sentence));
  }
  void clear() { last_.clear(); }

 private:
  const std::function<void(std::string)>& report_;
  std::string last_;
};

}  // namespace scanline
