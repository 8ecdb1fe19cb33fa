#include "widgets/studio/studio_view.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>
#include <algorithm>

#include "tests/support/drop.h"
#include "tests/support/widget_pictures.h"
#include "tests/widgets/studio/studio_samples.h"
#include "widgets/studio/canvas_bar.h"
#include "widgets/studio/colour_swatches.h"
#include "widgets/studio/original_view.h"
#include "widgets/studio/panel_tabs.h"
#include "widgets/studio/picture_canvas.h"
#include "widgets/studio/picture_tiles.h"
#include "widgets/studio/share_line.h"

using namespace scanline;

namespace {

std::vector<SourcePicture> someSources(int across, int down, int count) {
  std::vector<SourcePicture> sources;
  for (int i = 0; i < count; ++i)
    sources.push_back({samplePicture(across, down, 0.5 * i), sampleImage(across * 2, down * 2, 0.5 * i),
                       QStringLiteral("validation %1").arg(i + 1), i % 3 == 0 ? QStringLiteral("dog") : QString()});
  return sources;
}

/// A drawing whose candidates are the given picture outside the mask; the first `done` masked tokens are drawn.
StudioDrawing drawingOf(const DrawRequest& request, const StudioPicture& given, qint64 done, bool ended) {
  StudioDrawing drawing;
  drawing.total = paintedPixels(request.paint);
  drawing.done = done;
  drawing.isDone.resize(request.paint.size());
  for (int64_t c = 0; c < request.candidates; ++c) {
    StudioPicture picture = samplePicture(given.across, given.down, 0.3 * double(c) + 0.1);
    if (given.isCodes()) picture = sampleCodes(given.across, given.down, 0.3 * double(c) + 0.1);
    qint64 drawn = 0;
    for (size_t i = 0; i < request.paint.size(); ++i) {
      const bool isDrawn = request.paint[i] != 0 && drawn++ < done;
      if (request.paint[i] == 0) picture.tokens[i] = request.picture[i];
      drawing.isDone[i] = request.paint[i] == 0 || isDrawn ? 1 : 0;
    }
    drawing.candidates.push_back(picture);
    if (ended) drawing.nats.push_back(1.3 + 0.07 * double(c));
  }
  if (ended && request.conditioned)
    for (int64_t c = 0; c < request.candidates; ++c)
      for (size_t i = 0; i < request.paint.size(); ++i)
        drawing.effectiveShare.push_back(0.5F + 0.5F * std::abs(std::cos(0.1F * float(i) + float(c))) -
                                         (i == 9 && c == 1 ? 0.25F : 0));
  return drawing;
}

}  // namespace

class StudioViewTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qobject_cast<QApplication*>(QApplication::instance()), ThemeChoice::Light); }

  void init() {
    view_ = std::make_unique<StudioView>();
    view_->resize(1024, 700);
    request_.reset();
    connect(view_.get(), &StudioView::drawRequested, this, [this](const DrawRequest& request) { request_ = request; });
    view_->show();
    QVERIFY(QTest::qWaitForWindowExposed(view_.get()));
  }

  void withoutAModelThePageSaysWhatToDo() {
    view_->setNoModel(QStringLiteral("Choose a run."), true);
    QVERIFY(find<QLabel>("noModel")->isVisible());
    QCOMPARE(find<QLabel>("noModel")->text(), QStringLiteral("Choose a run."));
    QVERIFY(find<QPushButton>("studioQuickStart")->isVisible());
    QSignalSpy start(view_.get(), &StudioView::quickStartRequested);
    QTest::mouseClick(find<QPushButton>("studioQuickStart"), Qt::LeftButton);
    QCOMPARE(start.count(), 1);
    view_->setNoModel(QStringLiteral("Its model has no checkpoint yet."));
    QVERIFY(!find<QPushButton>("studioQuickStart")->isVisible());
  }

  /// The first picture comes by itself, with its lower half masked, so that one key draws.
  void enterDrawsWhatIsMaskedWithWhatIsSet() {
    open();
    QCOMPARE(canvas()->picture().tokens, samplePicture().tokens);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{32});
    type("candidates", "3");
    type("temperature", "0.5");
    type("topK", "40");
    type("topP", "0.9");
    type("seed", "12");
    QTest::keyClick(find<QWidget>("seed"), Qt::Key_Return);
    QVERIFY(request_);
    QCOMPARE(request_->candidates, int64_t{3});
    QCOMPARE(request_->temperature, 0.5);
    QCOMPARE(request_->topK, int64_t{40});
    QCOMPARE(request_->topP, 0.9);
    QCOMPARE(request_->seed, uint64_t{12});
    QVERIFY(request_->picture == canvas()->picture().tokens && request_->paint == canvas()->mask());
    QVERIFY(!request_->conditioned && request_->passes == 1);
    // Three candidates are there at once, with the given pixels alone.
    QCOMPARE(tiles("candidateTiles")->tiles().size(), size_t{3});
    const QImage first = tiles("candidateTiles")->tiles()[0].image;
    QCOMPARE(QColor(first.pixel(0, 0)), canvas()->picture().colourOf(canvas()->picture().tokens[0]));
    QCOMPARE(qAlpha(first.pixel(0, 7)), 0);
  }

  void escapeStopsAndWhatIsDrawnStays() {
    open();
    QSignalSpy stopped(view_.get(), &StudioView::stopRequested);
    QTest::keyClick(canvas(), Qt::Key_Escape);
    QCOMPARE(stopped.count(), 0);
    QTest::keyClick(canvas(), Qt::Key_Return);
    QCOMPARE(find<QPushButton>("draw")->text(), QStringLiteral("Stop"));
    view_->setDrawing(drawingOf(*request_, canvas()->picture(), 5, false));
    QCOMPARE(find<QLabel>("drawWords")->text(), QStringLiteral("5 of 32 pixels"));
    request_.reset();
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(!request_);
    QTest::keyClick(canvas(), Qt::Key_Escape);
    QCOMPARE(stopped.count(), 1);
    view_->setStopped();
    QCOMPARE(find<QPushButton>("draw")->text(), QStringLiteral("Draw"));
    const QImage first = tiles("candidateTiles")->tiles()[0].image;
    QVERIFY(qAlpha(first.pixel(4, 4)) == 255 && qAlpha(first.pixel(5, 4)) == 0);
  }

  /// Pixels come many times a second: they are painted, but laid out once.
  void pixelsThatComeAreShownWithoutLayout() {
    open();
    QTest::keyClick(canvas(), Qt::Key_Return);
    view_->setDrawing(drawingOf(*request_, canvas()->picture(), 1, false));
    QApplication::processEvents();
    const int layouts = tiles("candidateTiles")->layouts();
    const QSize before = tiles("candidateTiles")->size();
    for (qint64 done = 2; done <= 32; ++done) {
      view_->setDrawing(drawingOf(*request_, canvas()->picture(), done, false));
      QApplication::processEvents();
    }
    QCOMPARE(tiles("candidateTiles")->layouts(), layouts);
    QCOMPARE(tiles("candidateTiles")->size(), before);
    QTRY_COMPARE(seenTile(1).pixelColor(4, 7),
                 QColor(drawingOf(*request_, canvas()->picture(), 32, false).candidates[1].image().pixel(4, 7)));
  }

  void aCandidateIsPinnedAndPutOntoTheCanvas() {
    open();
    drawToTheEnd();
    QCOMPARE(tiles("candidateTiles")->tiles()[2].caption, QStringLiteral("1.440"));
    QVERIFY(
        find<QLabel>("drawWords")->text().startsWith(QStringLiteral("Drawn in 420 ms, the first pixel after 12 ms")));
    QSignalSpy pinned(view_.get(), &StudioView::pinRequested);
    auto* candidates = tiles("candidateTiles");
    QTest::mouseClick(candidates->viewport(), Qt::LeftButton, {}, candidates->starRect(2).center().toPoint());
    QCOMPARE(pinned.count(), 1);
    QCOMPARE(pinned[0][0].toLongLong(), 2);
    view_->setPins({pinOf(2, 77)});
    QApplication::processEvents();
    QVERIFY(candidates->tiles()[2].starred && !candidates->tiles()[1].starred);
    QSignalSpy unpinned(view_.get(), &StudioView::unpinRequested);
    QTest::keyClick(candidates, Qt::Key_P);
    QCOMPARE(unpinned.count(), 1);
    QCOMPARE(unpinned[0][0].toLongLong(), 77);

    QSignalSpy changed(view_.get(), &StudioView::pictureChanged);
    const auto before = canvas()->picture().tokens;
    QTest::mouseClick(candidates->viewport(), Qt::LeftButton, {}, candidates->shownRect(1).center().toPoint());
    QCOMPARE(canvas()->picture().tokens, drawing_.candidates[1].tokens);
    QCOMPARE(changed.count(), 1);
    QTest::keyClick(canvas(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(canvas()->picture().tokens, before);
  }

  void aPinIsShownWithItsMaskAndDrawnAgain() {
    open();
    QTest::keyClick(canvas(), Qt::Key_6);
    type("seed", "41");
    drawToTheEnd();
    const StudioPin pin = pinOf(1, 5);
    view_->setPins({pin});
    QApplication::processEvents();
    canvas()->setFocus();
    QTest::keyClick(canvas(), Qt::Key_1);
    type("seed", "1");
    auto* pins = tiles("pins");
    QTest::mouseClick(pins->viewport(), Qt::LeftButton, {}, pins->shownRect(0).center().toPoint());
    QCOMPARE(canvas()->picture().tokens, pin.picture.tokens);
    QCOMPARE(canvas()->mask(), pin.request.paint);
    QCOMPARE(find<QSpinBox>("seed")->value(), 41);
    QVERIFY(find<QLabel>("pinWords")->text().contains(QStringLiteral("step 600")));
    QSignalSpy again(view_.get(), &StudioView::drawAgainRequested);
    QTest::mouseClick(find<QPushButton>("drawAgain"), Qt::LeftButton);
    QCOMPARE(again.count(), 1);
    QCOMPARE(again[0][0].toLongLong(), 5);
    view_->setDrawn(drawing_, 300, 9);
    QVERIFY(find<QLabel>("drawWords")->text().startsWith(QStringLiteral("The same picture")));
    QTest::mouseClick(find<QPushButton>("drawAgain"), Qt::LeftButton);
    StudioDrawing other = drawing_;
    other.candidates[1].tokens[63] ^= 1;
    other.difference = QStringLiteral("It was drawn with instruction set abacus (now fingers).");
    view_->setDrawn(other, 300, 9);
    QVERIFY(find<QLabel>("drawWords")->text().contains(QStringLiteral("in 1 of 64 pixels")));
    QVERIFY(find<QLabel>("drawWords")->text().contains(other.difference));
    QSignalSpy unpinned(view_.get(), &StudioView::unpinRequested);
    QTest::keyClick(pins, Qt::Key_Delete);
    QCOMPARE(unpinned.count(), 1);
  }

  /// Lower half: nothing is given late. Upper half: all that is given is.
  void whatIsGivenLateIsSaidAndCanCondition() {
    open();
    QVERIFY(!find<QLabel>("rasterSentence")->isVisible());
    QTest::keyClick(canvas(), Qt::Key_2);
    QVERIFY(find<QLabel>("rasterSentence")->isVisible());
    QVERIFY(find<QLabel>("rasterSentence")->text().contains(QStringLiteral("32 pixels")));
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(!request_->conditioned);
    view_->setStopped();
    QTest::mouseClick(segment("order", 1), Qt::LeftButton);
    type("particles", "64");
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(request_->conditioned);
    QCOMPARE(request_->particles, int64_t{64});
    view_->setDrawn(drawingOf(*request_, canvas()->picture(), 32, true), 900, 20);
    auto* shares = find<ShareLine>("shares");
    QVERIFY(shares->isVisible());
    QVERIFY2(shares->words().endsWith(QStringLiteral("of 64")), qPrintable(shares->words()));
    // With nothing given late there is nothing to condition on.
    canvas()->setFocus();
    QTest::keyClick(canvas(), Qt::Key_1);
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(!request_->conditioned);
  }

  void aBertFillsAtOnceOrTheSurestFirst() {
    open(sampleFacts(8, 8, Objective::Bert));
    QTest::keyClick(canvas(), Qt::Key_2);
    QVERIFY(!find<QLabel>("rasterSentence")->isVisible());
    QVERIFY(segment("filling", 0)->isVisible());
    QTest::keyClick(canvas(), Qt::Key_Return);
    QCOMPARE(request_->passes, int64_t{1});
    view_->setStopped();
    QTest::mouseClick(segment("filling", 1), Qt::LeftButton);
    type("passes", "6");
    QTest::keyClick(canvas(), Qt::Key_Return);
    QCOMPARE(request_->passes, int64_t{6});
  }

  void presetsMaskAndAreUndone() {
    open();
    auto* menu = find<QToolButton>("presets")->menu();
    for (const std::string_view name : maskPresets()) {
      canvas()->clearMask();
      menu->findChild<QAction*>(QString::fromUtf8(name.data(), qsizetype(name.size())))->trigger();
      QVERIFY2(paintedPixels(canvas()->mask()) > 0, name.data());
      if (name != "random") QCOMPARE(canvas()->mask(), presetMask(name, 8, 8));
    }
    find<QSpinBox>("presetShare")->setValue(25);
    QTest::keyClick(canvas(), Qt::Key_1);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{16});
    QTest::mouseClick(find<QToolButton>("invert"), Qt::LeftButton);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{48});
    QTest::mouseClick(find<QToolButton>("undo"), Qt::LeftButton);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{16});
    QTest::mouseClick(find<QToolButton>("redo"), Qt::LeftButton);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{48});
    QTest::mouseClick(find<QToolButton>("clearMask"), Qt::LeftButton);
    QVERIFY(!find<QPushButton>("draw")->isEnabled());
    QVERIFY(find<QLabel>("drawWords")->text().startsWith(QStringLiteral("Nothing is masked")));
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(!request_);
  }

  void sourcesAreAskedForWithTheirValues() {
    view_->setRun(QStringLiteral("digits"), {{600, "step 600"}}, 600);
    std::vector<StudioSource> asked;
    connect(view_.get(), &StudioView::sourcesRequested, this,
            [&](const StudioSource& wanted) { asked.push_back(wanted); });
    view_->setData({"training", "validation"}, {"cat", "dog", "frog"}, true);
    QVERIFY(asked.empty());
    view_->setModel(sampleFacts());
    QCOMPARE(asked.size(), size_t{1});
    QVERIFY(asked[0].kind == StudioSource::Kind::Random && asked[0].split == QStringLiteral("training"));
    pick("sourceSplit", 1);
    QCOMPARE(asked.back().split, QStringLiteral("validation"));
    QTest::mouseClick(find<QToolButton>("otherPictures"), Qt::LeftButton);
    QCOMPARE(asked.back().seed, asked[0].seed + 1);
    pick("sourceKind", 1);
    pick("sourceClass", 2);
    QVERIFY(asked.back().kind == StudioSource::Kind::Class && asked.back().label == 2);
    pick("sourceKind", 2);
    QVERIFY(asked.back().kind == StudioSource::Kind::WorstLoss);
    QVERIFY(!find<QComboBox>("sourceClass")->isVisible());
    pick("sourceKind", 3);
    pick("sourceTaken", 0);
    QVERIFY(asked.back().kind == StudioSource::Kind::Confusion && asked.back().label == 2 && asked.back().taken == 0);
    view_->setData({"training"}, {}, false);
    QCOMPARE(find<QComboBox>("sourceKind")->currentIndex(), 0);

    view_->setSources(someSources(8, 8, 5));
    QSignalSpy changed(view_.get(), &StudioView::pictureChanged);
    auto* list = tiles("sources");
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->shownRect(3).center().toPoint());
    QCOMPARE(view_->pictureName(), QStringLiteral("validation 4"));
    QCOMPARE(view_->original().size(), QSize(16, 16));
    QCOMPARE(changed.count(), 1);
    QTest::keyClick(list, Qt::Key_Right);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(view_->pictureName(), QStringLiteral("validation 5"));
  }

  void filesAreDroppedAndPicturesPasted() {
    open();
    QSignalSpy files(view_.get(), &StudioView::filesChosen), pasted(view_.get(), &StudioView::imagePasted),
        failed(view_.get(), &StudioView::failed);
    drop(*view_, {"/pictures/cat.png"});
    QCOMPARE(files.count(), 1);
    QCOMPARE(files[0][0].toStringList(), QStringList{"/pictures/cat.png"});
    QApplication::clipboard()->setImage(sampleImage(20, 10));
    QTest::keyClick(canvas(), Qt::Key_V, Qt::ControlModifier);
    QCOMPARE(pasted.count(), 1);
    QCOMPARE(pasted[0][0].value<QImage>().size(), QSize(20, 10));
    QApplication::clipboard()->setText(QStringLiteral("words"));
    QTest::mouseClick(find<QToolButton>("paste"), Qt::LeftButton);
    QCOMPARE(failed.count(), 1);
    view_->addPictures({{samplePicture(8, 8, 2), sampleImage(200, 100), QStringLiteral("cat.png"), {}}});
    QCOMPARE(view_->pictureName(), QStringLiteral("cat.png"));
    QCOMPARE(tiles("sources")->current(), 0);
    // Larger than the room: reduced, and not beyond its place.
    auto* original = find<OriginalView>("original");
    QVERIFY(original->shownRect().width() <= original->width() * original->devicePixelRatioF());
    QVERIFY(std::abs(original->shownRect().height() * 2 - original->shownRect().width()) <= 1);
    // A name of two words that is wider than the picture takes another line.
    const int width = original->fontMetrics().horizontalAdvance(QStringLiteral("validation")) + 4;
    original->setOriginal(sampleImage(8, 8), QStringLiteral("cat"));
    const int one = original->heightForWidth(width);
    original->setOriginal(sampleImage(8, 8), QStringLiteral("validation 812"));
    QCOMPARE(original->heightForWidth(width), one + original->fontMetrics().height());
  }

  void aBlankPictureIsMaskedAllOver() {
    open();
    QTest::mouseClick(find<QToolButton>("blank"), Qt::LeftButton);
    QCOMPARE(paintedPixels(canvas()->mask()), int64_t{64});
    QVERIFY(view_->original().isNull());
    QTest::keyClick(canvas(), Qt::Key_Return);
    QVERIFY(request_);
  }

  void coloursAreChosenFromThePalette() {
    std::vector<int64_t> uses(512, 1);
    uses[300] = 50;
    open(sampleFacts(), uses);
    auto* swatches = find<ColourSwatches>("swatches");
    QVERIFY(!swatches->isVisible());
    QTest::keyClick(canvas(), Qt::Key_M);
    QVERIFY(swatches->isVisible());
    QCOMPARE(swatches->rectOf(300).topLeft(), QPoint(0, 0));
    QTest::mouseClick(swatches, Qt::LeftButton, {}, swatches->rectOf(300).center());
    QCOMPARE(canvas()->colour(), Token{300});
    QTest::keyClick(swatches, Qt::Key_Right);
    QVERIFY(canvas()->colour() != Token{300});
    QTest::mouseClick(segment("swatchOrder", 1), Qt::LeftButton);
    // Greys first, from dark to light.
    const auto order = swatchOrder(samplePalette(), {}, SwatchOrder::ByColour);
    QVERIFY(order.front() == 0 && order[7] == 511);
    QCOMPARE(swatches->rectOf(0).topLeft(), QPoint(0, 0));
  }

  void codesAreDecodedAndMaskedByCode() {
    ModelFacts facts = sampleFacts(4, 4);
    facts.isCodes = true;
    facts.pixelsAcross = facts.pixelsDown = 32;
    open(facts, {}, {{sampleCodes(), sampleImage(32, 32), QStringLiteral("test 1"), {}}});
    QCOMPARE(canvas()->mask().size(), size_t{16});
    std::vector<Token> asked;
    connect(view_.get(), &StudioView::decodeRequested, this, [&](const std::vector<Token>& tokens) { asked = tokens; });
    QTest::mouseClick(find<QToolButton>("blank"), Qt::LeftButton);
    QCOMPARE(asked.size(), size_t{16});
    const QImage decoded = sampleImage(32, 32, 1);
    view_->setDecoded(std::vector<Token>(16, 9), decoded);  // of other codes: too late
    QVERIFY(canvas()->picture().pixels.isNull());
    view_->setDecoded(asked, decoded);
    QCOMPARE(canvas()->picture().image(), decoded);
  }

  void statesAreSaid() {
    open();
    view_->setLoading();
    QVERIFY(find<QLabel>("loading")->isVisible());
    QVERIFY(!find<QPushButton>("draw")->isEnabled());
    view_->setProblem(QStringLiteral("The checkpoint step-600.safetensors is gone. Choose another one."));
    QVERIFY(!find<QLabel>("loading")->isVisible());
    QVERIFY(find<QLabel>("problem")->isVisible());
    QTest::mouseClick(find<QToolButton>("closeProblem"), Qt::LeftButton);
    QVERIFY(!find<QLabel>("problem")->isVisible());
    ModelFacts facts = sampleFacts();
    facts.hasHead = false;
    view_->setModel(facts);
    QVERIFY(find<QLabel>("drawWords")->text().startsWith(QStringLiteral("This model has no head")));
    QVERIFY(!canvas()->picture().isEmpty());
    // A model of another size takes the pictures away.
    view_->setModel(sampleFacts(16, 16));
    QVERIFY(canvas()->picture().isEmpty() && tiles("sources")->tiles().empty());
  }

  void anotherCheckpointIsChosenAndThePictureStays() {
    open();
    QSignalSpy chosen(view_.get(), &StudioView::checkpointChosen);
    pick("checkpoint", 1);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), 400);
    drawStroke();
    const PaintMask mask = canvas()->mask();
    view_->setModel(sampleFacts());
    QVERIFY(canvas()->mask() == mask && !canvas()->picture().isEmpty());
  }

  /// The other tabs ask about the pixel under a click, so the tools rest while they are seen.
  void otherTabsChoosePixels() {
    open();
    auto* panel = new QLabel(QStringLiteral("distribution"));
    view_->addPanel(panel, QStringLiteral("Next pixel"));
    QSignalSpy changed(view_.get(), &StudioView::panelChanged);
    QTest::keyClick(find<QPushButton>("draw"), Qt::Key_PageDown, Qt::ControlModifier);
    QCOMPARE(view_->currentPanel(), panel);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(canvas()->tool(), PictureCanvas::Tool::Look);
    const PaintMask mask = canvas()->mask();
    QTest::mouseClick(canvas()->viewport(), Qt::LeftButton, {}, canvas()->shownRect(5).center().toPoint());
    QVERIFY(canvas()->chosen() == 5 && canvas()->mask() == mask);
    QVERIFY(find<QLabel>("place")->text().startsWith(QStringLiteral("row 1, column 6")));
    QTest::keyClick(canvas(), Qt::Key_Return);  // draws, where it is seen
    QCOMPARE(view_->currentPanel(), view_->drawPanel());
    QVERIFY(request_);
    QCOMPARE(canvas()->tool(), PictureCanvas::Tool::Brush);
  }

  /// Letters that are typed into a field are no tools.
  void fieldsKeepTheirKeys() {
    open();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
    find<QWidget>("seed")->setFocus();
    QTest::keyClick(find<QWidget>("seed"), Qt::Key_R);
    QCOMPARE(canvas()->tool(), PictureCanvas::Tool::Brush);
    find<QToolButton>("invert")->setFocus();
    QTest::keyClick(find<QToolButton>("invert"), Qt::Key_R);
    QCOMPARE(canvas()->tool(), PictureCanvas::Tool::Rectangle);
  }

  /// Where there is no room for three columns, pictures and questions take turns.
  void aNarrowPageShowsPicturesOnDemand() {
    QWidget frame;  // the page is a tab of the window, which may be narrower than all columns need
    frame.resize(1024, 700);
    view_->setParent(&frame);
    view_->setGeometry(frame.rect());
    frame.show();
    view_->show();
    open();
    auto* show = find<QToolButton>("showPictures");
    QVERIFY(!show->isVisible());
    QVERIFY(view_->minimumSizeHint().width() <= 640);
    view_->resize(view_->minimumSizeHint());
    QVERIFY(show->isVisible() && !tiles("sources")->isVisible());
    // At the least width that the page asks for, the column at the right is whole.
    const QWidget* panel = view_->drawPanel();
    QTRY_VERIFY(panel->width() >= panel->minimumSizeHint().width());
    QCOMPARE_LE(panel->mapTo(view_.get(), QPoint(panel->width(), 0)).x(), view_->width());
    QTest::mouseClick(show, Qt::LeftButton);
    QVERIFY(tiles("sources")->isVisible() && !view_->drawPanel()->isVisible());
    takePictures(frame, QStringLiteral("studio-least-pictures"));
    QTest::mouseClick(show, Qt::LeftButton);
    takePictures(frame, QStringLiteral("studio-least"));
    view_->resize(1024, 700);
    QVERIFY(!show->isVisible() && tiles("sources")->isVisible() && view_->drawPanel()->isVisible());
    view_->setParent(nullptr);
  }

  void everyPartHasAName() {
    open();
    for (const auto* widget : view_->findChildren<QWidget*>()) {
      const bool takesKeys = widget->focusPolicy() & Qt::TabFocus;
      const bool isQts =
          widget->objectName().startsWith(QStringLiteral("qt_")) || widget->inherits("QComboBoxListView");
      if (!takesKeys || isQts) continue;
      const auto* button = qobject_cast<const QAbstractButton*>(widget);
      QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
               qPrintable(QString::fromLatin1(widget->metaObject()->className()) + ' ' + widget->objectName()));
    }
  }

  void pictures() {
    if (qEnvironmentVariableIsEmpty("SCANLINE_PICTURES")) QSKIP("Pictures are taken on demand.");
    std::vector<int64_t> uses(512);
    for (size_t i = 0; i < uses.size(); ++i) uses[i] = int64_t(1000 / (1 + i * 7 % 512));
    for (const QSize size : {QSize(1024, 700), QSize(1440, 900)}) {
      const QString name = QStringLiteral("studio-%1").arg(size.width());
      view_ = std::make_unique<StudioView>();
      connect(view_.get(), &StudioView::drawRequested, this,
              [this](const DrawRequest& request) { request_ = request; });
      view_->resize(size);
      view_->show();
      for (const char* title : {"Surprise", "Next pixel", "Attention", "Side by side", "Timeline"})
        view_->addPanel(new QWidget, QString::fromLatin1(title));
      takePictures(*view_, name + QStringLiteral("-none"));
      open(sampleFacts(32, 32), uses, someSources(32, 32, 24));
      takePictures(*view_, name + QStringLiteral("-open"));
      QTest::keyClick(canvas(), Qt::Key_5);
      QTest::mouseClick(segment("order", 1), Qt::LeftButton);
      type("candidates", "6");
      QTest::keyClick(canvas(), Qt::Key_Return);
      view_->setDrawing(drawingOf(*request_, canvas()->picture(), 100, false));
      takePictures(*view_, name + QStringLiteral("-drawing"));
      drawing_ = drawingOf(*request_, canvas()->picture(), 256, true);
      view_->setDrawn(drawing_, 1240, 84);
      view_->setPins({pinOf(1, 5), pinOf(3, 6), pinOf(4, 7)});
      canvas()->setFocus();
      canvas()->setChosen(300);
      takePictures(*view_, name + QStringLiteral("-drawn"));
      QTest::keyClick(canvas(), Qt::Key_M);
      canvas()->setColour(canvas()->picture().tokens[0]);
      tiles("pins")->setFocus();
      QTest::keyClick(tiles("pins"), Qt::Key_Return);
      view_->setProblem(
          QStringLiteral("The picture holiday.tif could not be read: its file ends after 812 of 4 096 bytes. "
                         "Fetch it again."));
      takePictures(*view_, name + QStringLiteral("-pixels"));
    }
    view_->setModel(sampleFacts(24, 16, Objective::Bert), uses);
    view_->setSources(someSources(24, 16, 12));
    QTest::keyClick(canvas(), Qt::Key_7);
    takePictures(*view_, QStringLiteral("studio-bert"));
    ModelFacts facts = sampleFacts(4, 4);
    facts.isCodes = true;
    facts.pixelsAcross = facts.pixelsDown = 32;
    open(facts, {}, {{sampleCodes(), sampleImage(32, 32), QStringLiteral("test 1"), {}}});
    takePictures(*view_, QStringLiteral("studio-codes"));
  }

 private:
  template <class Widget>
  Widget* find(const char* name) const {
    auto* found = view_->findChild<Widget*>(QString::fromLatin1(name));
    if (found == nullptr) qFatal("There is no %s.", name);
    return found;
  }
  PictureCanvas* canvas() const { return view_->canvas(); }
  PictureTiles* tiles(const char* name) const { return find<PictureTiles>(name); }
  QToolButton* segment(const char* name, int index) const {
    return find<QWidget>(name)->findChildren<QToolButton*>()[index];
  }
  void open(const ModelFacts& facts = sampleFacts(), std::vector<int64_t> uses = {},
            std::vector<SourcePicture> sources = someSources(8, 8, 6)) const {
    view_->setRun(QStringLiteral("digits"), {{600, "step 600 · 1.308 nats · best"}, {400, "step 400 · 1.412 nats"}},
                  600);
    view_->setData({"validation", "training"}, {"cat", "dog", "frog"}, true);
    view_->setModel(facts, std::move(uses));
    view_->setSources(sources);
    canvas()->setBrush(1);
    QApplication::processEvents();
  }
  void drawToTheEnd() {
    QTest::keyClick(canvas(), Qt::Key_Return);
    drawing_ = drawingOf(*request_, canvas()->picture(), 64, true);
    view_->setDrawn(drawing_, 420, 12);
    QApplication::processEvents();
  }
  StudioPin pinOf(qint64 candidate, qint64 id) const {
    const auto at = size_t(candidate);
    return {.id = id,
            .picture = drawing_.candidates[at],
            .given = canvas()->picture(),
            .request = *request_,
            .candidate = candidate,
            .step = 600,
            .nats = drawing_.nats[at],
            .createdMs = 1'780'000'000'000};
  }
  void drawStroke() const {
    QTest::mousePress(canvas()->viewport(), Qt::LeftButton, {}, canvas()->shownRect(0).center().toPoint());
    QTest::mouseMove(canvas()->viewport(), canvas()->shownRect(4).center().toPoint());
    QTest::mouseRelease(canvas()->viewport(), Qt::LeftButton, {}, canvas()->shownRect(4).center().toPoint());
  }
  void pick(const char* name, int index) const {
    auto* box = find<QComboBox>(name);
    box->setFocus();
    while (box->currentIndex() != index) QTest::keyClick(box, box->currentIndex() < index ? Qt::Key_Down : Qt::Key_Up);
  }
  void type(const char* name, const QString& text) const {
    auto* box = find<QAbstractSpinBox>(name);
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, text);
  }
  /// One pixel a picture pixel, as it is seen.
  QImage seenTile(int index) const {
    auto* list = tiles("candidateTiles");
    const double ratio = list->devicePixelRatioF();
    const QRectF at = list->shownRect(index);
    const QImage shot = list->viewport()->grab().toImage();
    const QImage tile = shot.copy(QRect((at.topLeft() * ratio).toPoint(), (at.size() * ratio).toSize()));
    return tile.scaled(tile.size() / list->shownZoom()).convertToFormat(QImage::Format_RGB32);
  }

  std::unique_ptr<StudioView> view_;
  std::optional<DrawRequest> request_;
  StudioDrawing drawing_;
};

QTEST_MAIN(StudioViewTest)
#include "studio_view_test.moc"
