// The Studio page in the whole window, by clicks and keys, with an engine that needs no LibTorch.
#include "app/studio_page.h"

#include <QComboBox>
#include <QContextMenuEvent>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>
#include <mutex>

#include "core/base/error.h"
#include "core/data/image_file.h"
#include "core/jobs/studio_images.h"
#include "core/jobs/studio_pictures.h"
#include "tests/app/studio_test.h"
#include "tests/core/run/fake_trainer.h"
#include "tests/support/unwritable_folder.h"
#include "widgets/pages/completions_view.h"
#include "widgets/parts/message_bar.h"
#include "widgets/studio/memorised_panel.h"
#include "widgets/studio/next_pixel_panel.h"
#include "widgets/studio/probability_bars.h"
#include "widgets/studio/surprise_panel.h"

using namespace scanline;

class StudioPageTest : public QObject, StudioTest {
  Q_OBJECT
 private slots:
  void init() {
    makeWorkspace();
    engine_ = std::make_shared<FakeEngine>();
    RunSpec spec = fakeSpec("model");
    spec.model.layers = 2;
    spec.model.heads = 2;
    spec.model.width = 8;
    engine_->model = CheckpointInfo{.specToml = toToml(spec),
                                    .step = 6,
                                    .positions = 64,
                                    .width = 8,
                                    .height = 8,
                                    .model = spec.model,
                                    .palette = Palette({{-1, -1, -1}, {0, 0, 0}, {1, 1, 1}})};
  }
  void cleanup() { window_.reset(); }

  /// A stroke, Draw, a star; tomorrow the drawing is there, and comes out as it was, token for token.
  void whatIsPinnedIsDrawnAgainTomorrow() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    const PaintMask before = canvas()->mask();
    stroke(0, 3);
    QVERIFY(canvas()->mask() != before && canvas()->mask()[0] == 1);
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    const auto drawn = panel()->drawing().candidates.front().tokens;
    for (size_t i = 0; i < drawn.size(); ++i)
      if (canvas()->mask()[i] == 0) QCOMPARE(drawn[i], canvas()->picture().tokens[i]);
    pinFirst();
    QTRY_COMPARE(store().pins({1}).size(), size_t{1});
    QTRY_COMPARE(panel()->pins().size(), size_t{1});
    window_->close();
    window_.reset();

    open([this] { return engine_; });
    openStudio();
    QTRY_COMPARE(panel()->pins().size(), size_t{1});
    QCOMPARE(panel()->pins().front().picture.tokens, drawn);
    auto* pins = panel()->findChild<PictureTiles*>("pins");
    QTest::mouseClick(pins->viewport(), Qt::LeftButton, {}, pins->shownRect(0).center().toPoint());
    auto* again = panel()->findChild<QPushButton*>("drawAgain");
    QTRY_VERIFY(again->isVisible() && again->isEnabled());
    QTest::mouseClick(again, Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    QCOMPARE(panel()->drawing().candidates.at(0).tokens, drawn);
  }

  void pinningIsUndone() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    pinFirst();
    QTRY_COMPARE(store().pins({1}).size(), size_t{1});
    choose(*window_, "Undo: Keep a drawing");
    QTRY_COMPARE(store().pins({1}).size(), size_t{0});
    QTRY_COMPARE(panel()->pins().size(), size_t{0});
    choose(*window_, "Redo: Keep a drawing");
    QTRY_COMPARE(store().pins({1}).size(), size_t{1});
  }

  /// Words on a kept drawing: written, there tomorrow, taken back.
  void aNoteOnAPinIsKeptAndUndone() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    pinFirst();
    QTRY_COMPARE(panel()->pins().size(), size_t{1});
    auto* note = panel()->findChild<QLineEdit*>("pinNote");
    QVERIFY(!note->isVisible());
    const auto choosePin = [this] {
      auto* pins = panel()->findChild<PictureTiles*>("pins");
      QTest::mouseClick(pins->viewport(), Qt::LeftButton, {}, pins->shownRect(0).center().toPoint());
    };
    const auto stored = [this] { return store().pins({1}).front().note; };
    choosePin();
    QTRY_VERIFY(note->isVisible());
    QTest::mouseClick(note, Qt::LeftButton);
    QTest::keyClicks(note, "like a fox");
    QTest::keyClick(note, Qt::Key_Return);
    QTRY_COMPARE(stored(), std::string("like a fox"));
    choose(*window_, "Undo: Note on a kept drawing");
    QTRY_COMPARE(stored(), std::string());
    QTRY_COMPARE(note->text(), QString());
    choose(*window_, "Redo: Note on a kept drawing");
    QTRY_COMPARE(stored(), std::string("like a fox"));
    window_->close();
    window_.reset();

    open([this] { return engine_; });
    openStudio();
    QTRY_COMPARE(panel()->pins().size(), size_t{1});
    choosePin();
    note = panel()->findChild<QLineEdit*>("pinNote");
    QTRY_COMPARE(note->text(), QStringLiteral("like a fox"));
    QVERIFY(panel()->findChild<PictureTiles*>("pins")->tiles()[0].words.endsWith(QStringLiteral("like a fox")));
  }

  /// The data of a run are read once: its folder may be gone when another checkpoint is asked for its worst pictures.
  void theWorstPicturesOfAnotherCheckpointNeedNoSecondReading() {
    const QString images = folder_->path() + "/images";
    for (int i = 0; i < 12; ++i) {
      const QString place = QStringLiteral("%1/%2").arg(images, i % 2 == 0 ? "even" : "odd");
      QVERIFY(QDir().mkpath(place));
      std::vector<uint8_t> rgb(192);
      for (size_t at = 0; at < rgb.size(); ++at) rgb[at] = static_cast<uint8_t>(13 * i + 5 * (at / 3));
      writePng(QStringLiteral("%1/%2.png").arg(place).arg(i).toStdString(), {.width = 8, .height = 8, .rgb = rgb});
    }
    RunSpec spec = fakeSpec("model");
    spec.data.name = "images";
    spec.data.path = images.toStdString();
    spec.data.side = 8;
    spec.data.limit = 0;
    spec.data.validationShare = 0.25;
    spec.train.keepEvery = 2;
    engine_->model->specToml = toToml(spec);
    train(spec, engine_);
    open([this] { return engine_; });
    openStudio();
    auto* kind = view()->findChild<QComboBox*>("sourceKind");
    auto* tiles = view()->findChild<PictureTiles*>("sources");
    const auto askForWorst = [&] {
      kind->setFocus();
      QTest::keyClick(kind, Qt::Key_Home);
      QTest::keyClick(kind, Qt::Key_Down);
      QTest::keyClick(kind, Qt::Key_Down);
    };
    const auto haveNats = [&] {
      return !tiles->tiles().empty() && std::ranges::all_of(tiles->tiles(), [](const PictureTiles::Tile& tile) {
        bool isNumber = false;
        tile.caption.toDouble(&isNumber);
        return isNumber;
      });
    };
    askForWorst();
    QTRY_VERIFY(haveNats());
    QVERIFY(QDir().rename(images, images + ".gone"));
    auto* checkpoint = view()->findChild<QComboBox*>("checkpoint");
    const QVariant before = checkpoint->currentData();
    checkpoint->setFocus();
    QTest::keyClick(checkpoint, checkpoint->currentIndex() == 0 ? Qt::Key_Down : Qt::Key_Up);
    QVERIFY(checkpoint->currentData() != before);
    kind->setFocus();
    QTest::keyClick(kind, Qt::Key_Home);
    QTRY_VERIFY(!tiles->tiles().empty() && !haveNats());
    askForWorst();
    QTRY_VERIFY(haveNats());
    QCOMPARE(problem(), QString());
  }

  void thePageOfCompletionsLeadsThere() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    window_->findChild<QTabWidget*>()->setCurrentIndex(2);
    auto* button = window_->findChild<CompletionsView*>()->findChild<QToolButton*>("own");
    QTRY_VERIFY(button->isVisible() && button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY(view()->isVisible());
    QTRY_VERIFY(!canvas()->picture().isEmpty());
  }

  /// Several at once; one that is none is told by its name, and the others come all the same.
  void filesOfOnesOwnAreTaken() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    QStringList files;
    for (const char* name : {"white.png", "broken.png"}) files << folder_->path() + "/" + name;
    writePng(files[0].toStdString(), {.width = 16, .height = 16, .rgb = std::vector<uint8_t>(768, 255)});
    QFile broken(files[1]);
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("no picture");
    broken.close();
    drop(*view(), files);
    QTRY_COMPARE(view()->pictureName(), QStringLiteral("white.png"));
    QCOMPARE(canvas()->picture().tokens, std::vector<Token>(64, 2));
    QTRY_VERIFY(problem().contains("broken.png"));
  }

  /// A camera lies on its side and says so in the file: two such files of one picture come out the same.
  void picturesOfATurnedCameraStandUpright() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    const auto golden = [](const char* name) { return QStringLiteral(SCANLINE_GOLDEN "/pictures/") + name; };
    std::vector<std::vector<Token>> shown;
    for (const char* name : {"turned3.png", "turned6.png", "turned8.png"}) {
      drop(*view(), {golden(name)});
      QTRY_COMPARE(view()->pictureName(), QString(name));
      shown.push_back(canvas()->picture().tokens);
      QVERIFY(view()->original().width() > view()->original().height());
    }
    QCOMPARE(shown[1], shown[0]);
    QCOMPARE(shown[2], shown[0]);
  }

  /// From a candidate, by the right mouse button: its nearest training pictures, by pixels and by features, are those
  /// of a search through all.
  void aDrawingIsLookedForInTheTrainingData() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    auto* candidates = panel()->findChild<PictureTiles*>("candidateTiles");
    const QPoint at = candidates->shownRect(1).center().toPoint();
    QContextMenuEvent menu(QContextMenuEvent::Mouse, at, candidates->viewport()->mapToGlobal(at));
    QApplication::sendEvent(candidates->viewport(), &menu);
    auto* popup = panel()->findChild<QMenu*>();
    QVERIFY(popup != nullptr && popup->isVisible());
    for (QAction* action : popup->actions())
      if (action->text().contains("training"))
        QTest::mouseClick(popup, Qt::LeftButton, {}, popup->actionGeometry(action).center());
    const auto drawn = panel()->drawing().candidates.at(1).tokens;
    QCOMPARE(canvas()->picture().tokens, drawn);
    auto* memorised = view()->findChild<MemorisedPanel*>();
    QCOMPARE(view()->currentPanel(), memorised);
    const auto tilesOf = [&](MemorisedPanel::Kind kind) { return memorised->tiles(kind)->tiles(); };
    QTRY_COMPARE(tilesOf(MemorisedPanel::ByPixels).size(), size_t{MemorisedPanel::kNeighbours});
    QTRY_COMPARE(tilesOf(MemorisedPanel::ByFeatures).size(), size_t{MemorisedPanel::kNeighbours});

    const auto file = store().folder({1}) / "checkpoints/step-6.safetensors";
    const std::shared_ptr<const OpenModel> model = engine_->openModel(file);
    const PrepareContext context{.begin = [](const std::string&) {}, .control = {}, .warn = [](const std::string&) {}};
    const StudioData data(model, dataSpecOf(model->facts(), store().details({1}).specToml), context);
    const ImageSet& all = data.images(DataSplit::Train);
    const ImageSet own = model->picturesOf({&drawn, 1});
    std::vector<double> differences;
    for (int64_t row = 0; row < all.count; ++row) {
      double sum = 0;
      for (size_t i = 0; i < own.rgb.size(); ++i) sum += std::pow(all.image(row)[i] - own.rgb[i], 2);
      differences.push_back(std::sqrt(sum / static_cast<double>(own.rgb.size())));
    }
    std::ranges::sort(differences);
    for (size_t i = 0; i < MemorisedPanel::kNeighbours; ++i)
      QCOMPARE(tilesOf(MemorisedPanel::ByPixels)[i].caption, QString::number(differences[i], 'f', 1));
    double before = 1.001;
    for (const auto& tile : tilesOf(MemorisedPanel::ByFeatures)) {
      QVERIFY(tile.caption.toDouble() <= before);
      before = tile.caption.toDouble();
    }

    // A neighbour goes onto the canvas, and is its own nearest picture then.
    auto* nearest = memorised->tiles(MemorisedPanel::ByPixels);
    QTest::mouseClick(nearest->viewport(), Qt::LeftButton, {}, nearest->shownRect(2).center().toPoint());
    QTRY_VERIFY(view()->pictureName().startsWith("training"));
    QTRY_COMPARE(tilesOf(MemorisedPanel::ByFeatures).size(), size_t{MemorisedPanel::kNeighbours});
    QTRY_COMPARE(tilesOf(MemorisedPanel::ByFeatures)[0].caption, QStringLiteral("1.000"));
  }

  /// All candidates as one picture, with captions below.
  void candidatesAreSavedAsASheet() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    auto* sheet = panel()->findChild<QPushButton*>("saveSheet");
    QVERIFY(!sheet->isVisible());  // nothing is drawn yet
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    const QString file = folder_->filePath("candidates.png");
    QTest::mouseClick(sheet, Qt::LeftButton);
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = view()->findChild<QFileDialog*>()) != nullptr && dialog->isVisible());
    dialog->findChild<QLineEdit*>("fileNameEdit")->setText(file);
    QTest::keyClick(dialog->findChild<QLineEdit*>("fileNameEdit"), Qt::Key_Return);
    QTRY_VERIFY(QFileInfo::exists(file));
    QTRY_VERIFY(window_->findChild<MessageBar*>()->accessibleDescription().contains("candidates.png"));
    const Image saved = readImage(file.toStdString(), kWhite);
    const int64_t scale = figureScale(8) / 2;
    QVERIFY(saved.width >= 2 * 8 * scale && saved.height > 2 * 8 * scale);  // 2 x 2 candidates and their captions
    // The pixels of the first candidate, wherever the captions lie.
    const auto& first = panel()->drawing().candidates.front();
    const QImage whole(file);
    int found = 0;
    for (int x = 0; x + 8 * scale <= whole.width() && !found; ++x)
      for (int y = 0; y + 8 * scale <= whole.height() && !found; ++y) {
        bool same = true;
        for (qint64 i = 0; i < 64 && same; ++i)
          same = whole.pixelColor(x + int(i % 8 * scale), y + int(i / 8 * scale)) ==
                 first.colourOf(first.tokens[static_cast<size_t>(i)]);
        found += same;
      }
    QCOMPARE(found, 1);
  }

  /// Without a click, for the picture and the mask that are seen.
  void whatADrawingBeginsWithIsComputedAhead() {
    train(fakeSpec("model"), engine_);
    std::mutex mutex;
    std::vector<DrawRequest> prepared;
    std::atomic<int> drawn = 0;
    engine_->onPrepare = [&](const DrawRequest& request) {
      const std::scoped_lock lock(mutex);
      prepared.push_back(request);
    };
    engine_->onDraw = [&](const DrawRequest&) { ++drawn; };
    open([this] { return engine_; });
    openStudio();
    const auto isReady = [&] {
      const std::scoped_lock lock(mutex);
      return !prepared.empty() && prepared.back().picture == view()->request().picture &&
             prepared.back().paint == view()->request().paint &&
             prepared.back().bf16Cache == view()->request().bf16Cache;
    };
    const auto times = [&] {
      const std::scoped_lock lock(mutex);
      return prepared.size();
    };
    QTRY_VERIFY(isReady());
    stroke(0, 3);
    QTRY_VERIFY(isReady());
    auto* cache = view()->findChild<QComboBox*>(QStringLiteral("cache"));  // the given pixels are kept in it
    QTest::keyClick(cache, Qt::Key_Down);
    QVERIFY(view()->request().bf16Cache);
    QTRY_VERIFY(isReady());
    const size_t before = times();
    QTest::keyClick(view()->findChild<QSpinBox*>(QStringLiteral("seed")), Qt::Key_Up);
    QTest::qWait(300);
    QCOMPARE(times(), before);  // another seed begins alike
    QCOMPARE(drawn.load(), 0);
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
  }

  void whatIsStoppedDoesNotComeAnyMore() {
    train(fakeSpec("model"), engine_);
    std::promise<void> reached, release;
    engine_->onDraw = [&, calls = std::make_shared<int>(0)](const DrawRequest&) {
      if (++*calls > 1) return;
      reached.set_value();
      release.get_future().wait();
    };
    open([this] { return engine_; });
    openStudio();
    QTest::mouseClick(draw(), Qt::LeftButton);
    reached.get_future().wait();
    QTRY_VERIFY(panel()->isBusy());
    QTest::keyClick(canvas(), Qt::Key_Escape);
    QTRY_VERIFY(!panel()->isBusy());
    release.set_value();
    QTest::qWait(300);
    QVERIFY(panel()->drawing().nats.empty());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
  }

  void anotherRunIsChosenWhileOneDraws() {
    train(fakeSpec("model"), engine_);
    train(fakeSpec("other"), engine_);
    std::promise<void> reached, release;
    engine_->onDraw = [&, calls = std::make_shared<int>(0)](const DrawRequest&) {
      if (++*calls > 1) return;
      reached.set_value();
      release.get_future().wait();
    };
    open([this] { return engine_; });
    openStudio();
    QTest::mouseClick(draw(), Qt::LeftButton);
    reached.get_future().wait();
    auto* table = window_->findChild<RunTable*>();
    const RunId before = table->selection().front();
    table->select({RunId{3 - before.value}});
    auto* name = view()->findChild<QLabel*>("studioRun");
    QTRY_COMPARE(name->text(), before.value == 1 ? QStringLiteral("other") : QStringLiteral("model"));
    release.set_value();
    QTRY_VERIFY(draw()->isEnabled() && !panel()->isBusy());
    QVERIFY(panel()->drawing().nats.empty());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());

    // Kept: a run that is chosen now does not change the model that is asked.
    const QString kept = name->text();
    QTest::mouseClick(window_->findChild<QToolButton*>("keepModel"), Qt::LeftButton);
    table->select({before});
    QTest::qWait(300);
    QCOMPARE(name->text(), kept);
  }

  /// The open model still draws; another one whose file is gone is named by its step.
  void aCheckpointIsDeletedWhileItIsOpen() {
    RunSpec spec = fakeSpec("model");
    spec.train.keepEvery = 2;
    train(spec, engine_);
    open([this] { return engine_; });
    openStudio();
    for (const CheckpointRow& row : store().checkpoints({1}))
      QVERIFY(std::filesystem::remove(store().folder({1}) / row.file));
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    auto* box = view()->findChild<QComboBox*>("checkpoint");
    QVERIFY(box->count() > 1);
    box->setFocus();
    QTest::keyClick(box, box->currentIndex() == 0 ? Qt::Key_End : Qt::Key_Home);
    const auto step = box->currentData().toLongLong();
    QTRY_VERIFY2(problem().contains(QStringLiteral("step %1 is no longer there").arg(step)), qPrintable(problem()));
    QVERIFY(!problem().contains(workspace_));
  }

  void anEngineThatIsNotThereIsASentence() {
    train(fakeSpec("model"), engine_);
    open([]() -> std::shared_ptr<Engine> { throw Error("LibTorch is not there."); });
    choose(*window_, "Complete pictures…");
    QTRY_COMPARE(problem(), QStringLiteral("LibTorch is not there."));
  }

  void withoutACheckpointNothingIsAsked() {
    addRun(fakeSpec("model"));
    open([this] { return engine_; });
    window_->findChild<QTabWidget*>()->setCurrentIndex(3);
    QTRY_VERIFY(view()->isVisible());
    auto* words = view()->findChild<QLabel*>("noModel");
    QTRY_VERIFY2(words->isVisible() && words->text().contains("no checkpoint"), qPrintable(words->text()));
  }

  /// A model of an archive is asked like any other; to keep a drawing there is refused in a sentence.
  void aWorkspaceForReadingIsAsked() {
    train(fakeSpec("model"), engine_);
    const QString file = folder_->path() + "/white.png";
    writePng(file.toStdString(), {.width = 8, .height = 8, .rgb = std::vector<uint8_t>(192, 255)});
    const UnwritableFolder archive(workspace_.toStdString());
    makeWindow([this] { return engine_; });
    window_->resize(1440, 900);
    window_->show();
    auto* read = window_->findChild<QPushButton*>("opening.read");
    QTRY_VERIFY_WITH_TIMEOUT(read->isVisible(), 20000);
    QTest::mouseClick(read, Qt::LeftButton);
    QTRY_COMPARE(window_->findChild<RunTable*>()->selection().size(), size_t{1});
    choose(*window_, "Complete pictures…");
    QTRY_VERIFY(!window_->findChild<QLabel*>("modelFacts")->text().isEmpty());
    drop(*view(), {file});  // the bundled data may lie where only their owner reads
    QTRY_COMPARE(view()->pictureName(), QStringLiteral("white.png"));
    QTRY_VERIFY(draw()->isEnabled());
    QTest::mouseClick(draw(), Qt::LeftButton);
    QTRY_VERIFY(isDrawn());
    pinFirst();
    QTRY_VERIFY(window_->findChild<MessageBar*>()->accessibleDescription().contains("nothing in it can be changed"));
    window_.reset();
  }

  /// Surprise and the next pixel follow the pointer, and are those of the model.
  void answersAreTheModels() {
    train(fakeSpec("model"), engine_);
    open([this] { return engine_; });
    openStudio();
    auto* surprise = view()->findChild<SurprisePanel*>();
    view()->setCurrentPanel(surprise);
    QTRY_COMPARE(surprise->values().size(), size_t{64});
    const auto model = engine_->openModel(store().folder({1}) / "checkpoints/step-6.safetensors");
    const auto tokens = canvas()->picture().tokens;
    const Surprise expected = model->surprise({.count = 1, .length = 64, .ids = tokens}, {}, {});
    QCOMPARE(surprise->values(), expected.nats);
    QCOMPARE(canvas()->heat().values, expected.nats);
    auto* next = view()->findChild<NextPixelPanel*>();
    view()->setCurrentPanel(next);
    QVERIFY(canvas()->heat().isEmpty());
    QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(9).center().toPoint());
    QTRY_COMPARE(next->position(), 9);
    QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(20).center().toPoint());
    QTRY_COMPARE(next->position(), 20);
  }

 private:
  std::shared_ptr<FakeEngine> engine_;  // shared as the window asks for it
};

QTEST_MAIN(StudioPageTest)
#include "studio_page_test.moc"
