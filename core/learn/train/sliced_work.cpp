#include "core/learn/train/sliced_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/learn/evaluate/side_by_side.h"
#include "core/run/loop.h"

namespace scanline {

/// How a process's part of the work ended: plain bytes, since it is sent.
struct SlicedWork::Report {
  enum Outcome : int32_t { Done, Dropped, Stopped, Failed };
  Outcome outcome = Done;
  int32_t length = 0;  ///< of the sentence
  int64_t microBatch = 0;
  char sentence[496] = {};

  void fail(std::string_view text) {
    outcome = Failed;
    length = static_cast<int32_t>(std::min(text.size(), sizeof(sentence)));
    std::memcpy(sentence, text.data(), static_cast<size_t>(length));
  }
};

SlicedWork::SlicedWork(int64_t slices, at::Device device, ProcessGroup* group)
    : slices_(slices), device_(device), group_(group) {}

int64_t SlicedWork::sideBySide() const {
  return device_.is_cpu() ? std::min<int64_t>(slices_, at::get_num_threads()) : 1;
}

void SlicedWork::announce(std::string_view command, const Control& control, const std::function<void()>& before) {
  control.check();
  before();
  tell(*group_, command);
}

Control SlicedWork::withoutWaiting(const Control& control) {
  const auto mayGoOn = [&control] {
    if (control.isPaused()) throw Dropped();
    return !control.isStopped();
  };
  return control.within({.mayGoOn = mayGoOn, .thread = std::this_thread::get_id()});
}

std::vector<double> SlicedWork::compute(const Task& task, Range slices, const Control& control) const {
  std::vector<double> values(static_cast<size_t>(slices.size() * task.width));
  if (task.begin) task.begin();
  const int64_t most = sideBySide();
  for (int64_t first = slices.begin; first < slices.end; first += most) {
    const int64_t count = std::min(most, slices.end - first);
    const auto slice = [&](int64_t place, const Control& part) {
      const std::span sums(values.data() + (first - slices.begin + place) * task.width,
                           static_cast<size_t>(task.width));
      task.slice(place, partOf(task.count, slices_, first + place), sums, part);
    };
    if (!device_.is_cpu()) {  // one after the other
      slice(0, control);
    } else {
      scanline::sideBySide(
          count, /*areSmall=*/true, control, [] {},
          [&](int64_t place, const Control& part) {
            at::globalContext().setFlushDenormal(true);  // of this thread
            slice(place, part);
          });
    }
    if (task.done)
      for (int64_t place = 0; place < count; ++place) task.done(first + place, place);
  }
  return values;
}

std::vector<double> SlicedWork::sums(const Task& task, MicroBatch& microBatch, int64_t step, const Control& control) {
  const Range own = mine(slices_);
  const auto work = [&] { return microBatch.inMemory(step, [&] { return compute(task, own, control); }); };
  if (!isTogether_) return sumAlongTree(work(), task.width);
  Report report;
  std::vector<double> values(static_cast<size_t>(own.size() * task.width));
  const auto failure = attempt(report, [&] { values = work(); });
  report.microBatch = microBatch.images();
  return sumAlongTree(agree(report, failure, values, &microBatch), task.width);
}

template <class Work>
std::exception_ptr SlicedWork::attempt(Report& report, const Work& work) {
  try {
    work();
  } catch (const scanline::Stopped&) {
    report.outcome = Report::Stopped;
  } catch (const Dropped&) {
    report.outcome = Report::Dropped;
  } catch (const std::exception& problem) {
    report.fail(failureSentence(problem));
    return std::current_exception();
  }
  return nullptr;
}

Range SlicedWork::mine(int64_t count) const {
  return isTogether_ ? partOf(count, group_->size(), group_->rank()) : Range{0, count};
}

std::vector<Divided::Bytes> SlicedWork::each(const std::function<Bytes(const Control&)>& make, const Control& control) {
  if (!isTogether_) return {make(control)};
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLook(200);
  const std::string drop = fmt::format("drop {}", ++sharings_);  // in the same order in all of them
  const auto isWanted = [&, next = Clock::now()]() mutable {
    if (Clock::now() < next) return true;
    next = Clock::now() + kLook;
    return group_->add(drop, 0) == 0;
  };
  const Control during = isFollower() ? Control({.mayGoOn = isWanted, .thread = std::this_thread::get_id()}) : control;
  Report report;
  Bytes bytes;
  const auto failure = attempt(report, [&] { bytes = make(during); });
  bool isAsked = false;
  const auto askToDrop = [&] {
    if (!std::exchange(isAsked, true)) group_->add(drop, 1);
  };
  if (!isFollower() && report.outcome != Report::Done) askToDrop();
  // While process 0 waits for the others, a stop or a pause is its to notice.
  const auto look = [&] {
    if (isAsked) return;
    if (attempt(report, [&] { control.check(); }); report.outcome != Report::Done) askToDrop();
  };
  try {
    agree(report, failure, {}, nullptr, /*patient=*/true, isFollower() ? std::function<void()>() : look);
  } catch (const scanline::Stopped&) {
    if (report.outcome == Report::Dropped) throw Dropped();  // the others were stopped for the pause
    throw;
  }
  return gatherEach(*group_, bytes, /*patient=*/true);
}

std::vector<double> SlicedWork::agree(const Report& mine, std::exception_ptr failure, std::span<const double> values,
                                      MicroBatch* microBatch, bool patient, const std::function<void()>& turn) {
  const size_t size = sizeof(Report) + values.size_bytes(), processes = static_cast<size_t>(group_->size());
  std::vector<std::byte> own(size), all(size * processes);
  std::memcpy(own.data(), &mine, sizeof(Report));
  std::memcpy(own.data() + sizeof(Report), values.data(), values.size_bytes());
  group_->gather(own, all, patient, turn);

  std::vector<double> list(values.size() * processes);
  auto worst = Report::Done;
  int64_t least = mine.microBatch, most = mine.microBatch;
  std::string sentence;
  for (size_t r = 0; r < processes; ++r) {
    Report theirs;
    std::memcpy(&theirs, all.data() + r * size, sizeof(Report));
    std::memcpy(list.data() + r * values.size(), all.data() + r * size + sizeof(Report), values.size_bytes());
    worst = std::max(worst, theirs.outcome);
    least = std::min(least, theirs.microBatch);
    most = std::max(most, theirs.microBatch);
    if (theirs.outcome == Report::Failed && sentence.empty())
      sentence = fmt::format("Process {} of {}: {}", r, processes,
                             std::string_view(theirs.sentence, static_cast<size_t>(theirs.length)));
  }
  if (failure && !isFollower()) std::rethrow_exception(failure);
  if (worst == Report::Failed && !isFollower()) throw Error(sentence);
  if (worst == Report::Failed || worst == Report::Stopped) throw Stopped();
  if (least != most) microBatch->set(least);  // the process whose memory did not suffice has said so
  if (worst == Report::Dropped || least != most) throw Dropped();
  return list;
}

ProbeSubject SlicedWork::subject(const Gpt& model, const RunSpec& spec) {
  return {
      .model = model, .maskRate = spec.model.maskRate, .masks = spec.model.masks, .divided = isCut() ? this : nullptr};
}

int64_t SlicedWork::featureBytes() const {
  constexpr int64_t kShare = 16;
  return scanline::featureBytes() / (isCut() ? kShare : 1);
}

SliceSum& SlicedWork::link() {
  if (!link_) {
    link_ = makeSliceSum(*group_, slices_, device_);
    if (!device_.is_cpu()) log_.push_back({LogLine::Level::Info, link_->description()});
  }
  return *link_;
}

void compareStates(ProcessGroup& group, std::span<const at::Tensor> tensors, int64_t step) {
  Digest digest("sha256");
  for (const auto& tensor : tensors) {
    const auto host = tensor.cpu().contiguous();
    digest.add({static_cast<const std::byte*>(host.data_ptr()), static_cast<size_t>(host.nbytes())});
  }
  const std::string own = digest.hex();
  std::string all(own.size() * static_cast<size_t>(group.size()), '\0');
  group.gather(std::as_bytes(std::span(own)), std::as_writable_bytes(std::span(all)), /*patient=*/false);
  if (group.rank() > 0) return;
  for (size_t r = 1; r * own.size() < all.size(); ++r)
    if (all.compare(r * own.size(), own.size(), own) != 0)
      throw Error(fmt::format(
          "After step {} the weights of process {} differ from those of process 0, though both took the same steps: no checkpoint of them is written. Memory or a processor may be faulty, or the processes run on machines of different kinds. Resume the run from its last checkpoint.",
          step, r));
}

}  // namespace scanline
