// One drawing through the checkpoints of a run; drawings that are pinned and drawn again.
#include "core/jobs/studio_timeline.h"

#include <QTest>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/data/image_file.h"
#include "core/jobs/studio_pins.h"
#include "core/run/paint_mask.h"
#include "core/run/run_folder.h"
#include "tests/core/jobs/studio_support.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

class StudioTimelineTest : public QObject {
  Q_OBJECT

  TempFolder folder_;
  RunStore store_{folder_ / "workspace", StoreMode::ReadWrite};
  FakeEngine engine_;
  RunId run_;

  CheckpointRow addCheckpoint(int64_t step) {
    const fs::path folder = store_.folder(run_);
    makeCheckpointFolder(folder);
    writeFileAtomically(folder / checkpointFile(step), "weights of step " + std::to_string(step));
    const TrainEvent saved = CheckpointSaved{step, checkpointFile(step), 10, 1, "kept"};
    store_.append(run_, std::span(&saved, 1));
    return store_.checkpoints(run_).back();
  }
  static DrawRequest request() {
    DrawRequest request{.picture = std::vector<Token>(64, 2), .paint = presetMask("lower", 8, 8), .candidates = 3};
    request.seed = 9;
    request.topK = 3;
    return request;
  }
  std::vector<TimelineFrame> drawn() {
    std::vector<TimelineFrame> frames;
    drawTimeline(engine_, timelineSteps(store_, run_), request(),
                 [&](TimelineFrame frame) { frames.push_back(std::move(frame)); }, {});
    return frames;
  }
 private slots:
  void init() {
    engine_.model = digitsInfo();
    run_ = store_.create(toToml(digitsSpec()));
  }

  void everyCheckpointDrawsTheSame() {
    for (const int64_t step : {100, 2000, 30000}) addCheckpoint(step);
    const auto frames = drawn();
    QCOMPARE(frames.size(), size_t{3});
    for (const TimelineFrame& frame : frames) {
      const FakeOpenModel model(digitsInfo(), frame.step);
      QCOMPARE(frame.drawing.candidates, model.draw(request(), {}, {}).candidates);
      QCOMPARE(frame.pictures.size(), size_t{3});
      QCOMPARE(frame.pictures[1], toImage(frame.drawing.candidates[1], greys(5), 8));
    }
    QVERIFY(frames[0].drawing.candidates != frames[2].drawing.candidates);
  }

  void onlyFilesThatAreThereAreAsked() {
    QVERIFY_THROWS_EXCEPTION(Error, timelineSteps(store_, run_));
    for (int64_t step = 1; step <= 9; ++step) addCheckpoint(step);
    fs::remove(store_.folder(run_) / checkpointFile(5));
    QCOMPARE(timelineSteps(store_, run_).size(), size_t{8});
    const auto some = timelineSteps(store_, run_, 3);
    QCOMPARE(some.size(), size_t{3});
    QCOMPARE(some.front().step, 1);
    QCOMPARE(some.back().step, 9);
    QCOMPARE(timelineSteps(store_, run_, 1).front().step, 9);
  }

  void filmsAndSheetsHoldEveryStep() {
    for (const int64_t step : {500, 600, 700}) addCheckpoint(step);
    const auto frames = drawn();
    const TimelineLayout layout{.scale = 3, .columns = 2};
    for (const char* name : {"film.gif", "film.png", "film.apng"}) {
      writeTimeline(folder_ / name, frames, layout);
      QVERIFY(fs::file_size(folder_ / name) > 100);
    }
    const Image first = readImage(folder_ / "film.png");  // the first frame
    QCOMPARE(first, timelinePicture(frames[0], layout));
    const Image sheet = timelineSheet(frames, layout);
    int64_t height = 0;
    for (const TimelineFrame& frame : frames) height += timelinePicture(frame, layout).height;
    QCOMPARE(sheet.height, height);
    QVERIFY_THROWS_EXCEPTION(Error, writeTimeline(folder_ / "film.mp4", frames, layout));
    QVERIFY_THROWS_EXCEPTION(Error, writeTimeline(folder_ / "none.gif", {}, layout));
  }

  void aStopEndsIt() {
    for (const int64_t step : {5, 60, 700}) addCheckpoint(step);
    std::stop_source stop;
    int shown = 0;
    QVERIFY_THROWS_EXCEPTION(Stopped, drawTimeline(
                                          engine_, timelineSteps(store_, run_), request(),
                                          [&](const TimelineFrame&) {
                                            ++shown;
                                            stop.request_stop();
                                          },
                                          Control(stop.get_token())));
    QCOMPARE(shown, 1);
  }

  void aPinIsDrawnAgainTokenForToken() {
    const CheckpointRow row = addCheckpoint(100);
    const fs::path file = store_.folder(run_) / row.file;
    const auto model = engine_.openModel(file);
    const Drawing drawing = model->draw(request(), {}, {});
    for (int64_t candidate = 0; candidate < 3; ++candidate)
      store_.pin(pinnedDrawing(*model, run_, row, file, request(), drawing, candidate));
    const RunStore again(folder_ / "workspace", StoreMode::ReadOnly);
    const auto pins = again.pins(run_);
    QCOMPARE(pins.size(), size_t{3});
    for (size_t i = 0; i < pins.size(); ++i) {
      QCOMPARE(pins[i].drawn, drawing.candidates[i]);
      const auto opened = engine_.openModel(checkpointOf(again, pins[i]));
      const DrawnAgain result = drawAgain(*opened, pins[i], {}, {});
      QVERIFY(result.isSame);
      QCOMPARE(result.drawing.candidates[i], drawing.candidates[i]);
    }
    // Another model draws something else, and says so.
    FakeOpenModel other(digitsInfo(), 90000);
    QVERIFY(!drawAgain(other, pins[2], {}, {}).isSame);
    // With other instructions, that is said; with the same, and by an unknown version, something else.
    const auto difference = [&] { return drawAgain(other, pins[2], {}, {}).difference; };
    QCOMPARE(difference(), std::string());
    other.setArithmetic({{"instruction set", "abacus"}});
    QCOMPARE(difference(), std::string("It was drawn with instruction set none (now abacus)."));
    auto unknown = pins[2];
    unknown.madeWith.clear();
    QVERIFY(drawAgain(other, unknown, {}, {}).difference.find("did not record") != std::string::npos);
    unknown.madeWith = {{"Scanline", "0.0.1"}, {"instruction set", "fingers"}};
    const auto both = drawAgain(other, unknown, {}, {}).difference;
    QVERIFY2(both.find("Scanline 0.0.1 (now ") != std::string::npos &&
                 both.find("instruction set fingers (now abacus)") != std::string::npos,
             both.c_str());
    QVERIFY_THROWS_EXCEPTION(Error, pinnedDrawing(*model, run_, row, file, request(), drawing, 3));
  }

  void aCheckpointThatIsGoneOrAnotherIsSaid() {
    const CheckpointRow row = addCheckpoint(100);
    const fs::path file = store_.folder(run_) / row.file;
    const auto model = engine_.openModel(file);
    const PinnedDrawing pinned = pinnedDrawing(*model, run_, row, file, request(), model->draw(request(), {}, {}), 0);
    QCOMPARE(checkpointOf(store_, pinned), file);
    writeFileAtomically(file, "other weights");
    auto sentence = sentenceOf([&] { checkpointOf(store_, pinned); });
    QVERIFY2(sentence.find("written again") != std::string::npos, sentence.c_str());
    fs::remove(file);
    sentence = sentenceOf([&] { checkpointOf(store_, pinned); });
    QVERIFY2(sentence.find("no longer there") != std::string::npos, sentence.c_str());
    CheckpointInfo larger = digitsInfo();
    larger.width = larger.height = 16;
    sentence = sentenceOf([&] { drawAgain(FakeOpenModel(larger, 100), pinned, {}, {}); });
    QVERIFY2(sentence.find("16 x 16") != std::string::npos, sentence.c_str());
  }
};

QTEST_APPLESS_MAIN(StudioTimelineTest)
#include "studio_timeline_test.moc"
