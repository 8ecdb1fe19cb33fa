#pragma once

#include <QObject>
#include <QPointer>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "app/deliver.h"
#include "core/base/control.h"
#include "core/run/engine.h"

namespace scanline {

/// Gives the engine, loading it at the first call. Any thread. Throws Error.
using EngineSource = std::function<std::shared_ptr<Engine>()>;
/// Loads one engine for all callers. After a failure the next call tries again.
EngineSource sharedEngine(EngineSource load);

/// The kinds of questions to a model.
enum class StudioQuestion {
  Open,
  Data,
  Picture,
  Decode,
  Prepare,
  Draw,
  Surprise,
  OtherSurprise,
  Next,
  Attention,
  Heads,
  Compare,
  Timeline,
  Export,
  Features,
  FeatureMap,
  Neighbours,
  PixelNeighbours,
  ClassShares,
  Predictions,
  ProbePictures,
  Codes,
};

/// The end of a question when a newer one of its kind comes.
enum class Older {
  Stops,  ///< it is given up, without an answer
  Ends,  ///< it ends and is answered, so that answers come while questions come faster than they; only the newest waits
};

/// A thread that asks models questions, so that the window never waits for one. Questions have a kind; of each kind one
/// is asked at a time and at most one, the newest, waits. Kinds take turns. All members: UI thread.
class StudioLane {
 public:
  explicit StudioLane(EngineSource engine);
  /// As cancel(), then waits for the question that is being asked.
  ~StudioLane();

  /// `work(Engine&, const Control&)` runs on the thread, then `done(result)` on the UI thread, unless `context` is gone
  /// or the question was stopped. An exception becomes `failed(QString)` there, but for Stopped.
  template <class Work, class Done, class Failed>
  void ask(StudioQuestion kind, Older older, QObject* context, Work work, Done done, Failed failed) {
    const auto stop = begin(kind, older);
    enqueue(kind, stop,
            {.run =
                 [context = QPointer<QObject>(context), stop, work = std::move(work),
                  done = std::move(done)](Engine& engine) mutable {
                   auto result = work(engine, Control(stop.get_token()));
                   deliver(context, [stop, done, result = std::move(result)]() mutable {
                     if (!stop.stop_requested()) done(std::move(result));
                   });
                 },
             .failed =
                 [context = QPointer<QObject>(context), stop, failed = std::move(failed)](const QString& sentence) {
                   deliver(context, [stop, failed, sentence] {
                     if (!stop.stop_requested()) failed(sentence);
                   });
                 }});
  }
  /// Gives up the questions of this kind.
  void stop(StudioQuestion kind);
  /// Gives up all questions and takes none any more. Does not wait.
  void cancel();
  /// Lets go of it on the thread: to free a large model takes a while.
  void release(std::shared_ptr<const void> held);

 private:
  struct Item {
    std::function<void(Engine&)> run;
    std::function<void(const QString&)> failed;
  };
  struct Waiting {
    StudioQuestion kind = StudioQuestion::Open;
    std::stop_source stop;
    Item item;
  };
  std::stop_source begin(StudioQuestion kind, Older older);
  void enqueue(StudioQuestion kind, std::stop_source stop, Item item);
  void run(const std::stop_token& end);

  EngineSource engine_;
  std::map<StudioQuestion, std::stop_source> asked_;  ///< stops all of its kind that may still be answered
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::vector<std::shared_ptr<const void>> released_;
  std::jthread thread_;  // last: joined before the members that it uses go
};

/// Hands values to the UI thread, the newest of them at most 30 times a second. `offer` on any one thread.
template <class Value>
class ProgressPost {
 public:
  /// `take(value)` is called on the UI thread unless `context` is gone or the work of `control` was stopped.
  ProgressPost(QPointer<QObject> context, Control control, std::function<void(const Value&)> take)
      : state_(std::make_shared<State>()),
        context_(std::move(context)),
        control_(std::move(control)),
        take_(std::move(take)) {}

  /// `make()` is called only for a value that is handed over. An urgent one always is.
  template <class Make>
  void offer(Make make, bool urgent) {
    const auto now = std::chrono::steady_clock::now();
    if (!urgent && now - posted_ < kPause) return;
    posted_ = now;
    {
      const std::scoped_lock lock(state_->mutex);
      state_->value = make();
      if (std::exchange(state_->isPosted, true)) return;  // that one will bring this value
    }
    deliver(context_, [state = state_, control = control_, take = take_] {
      Value value;
      {
        const std::scoped_lock lock(state->mutex);
        value = std::move(state->value);
        state->isPosted = false;
      }
      if (!control.isStopped()) take(value);
    });
  }

 private:
  static constexpr std::chrono::milliseconds kPause{33};
  struct State {
    std::mutex mutex;
    Value value{};
    bool isPosted = false;
  };
  std::shared_ptr<State> state_;
  QPointer<QObject> context_;
  Control control_;
  std::function<void(const Value&)> take_;
  std::chrono::steady_clock::time_point posted_{};
};

}  // namespace scanline
