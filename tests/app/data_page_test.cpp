#include "app/data_page.h"

#include <QApplication>
#include <QFileDialog>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <algorithm>
#include <numeric>

#include "core/spec/presets.h"
#include "widgets/images/image_grid.h"

using namespace scanline;

namespace {

RunSpec digits() {
  RunSpec spec = preset("quick-start").spec;
  spec.palette.size = 16;
  return spec;
}

}  // namespace

class DataPageTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    const auto workspace = folder_->path().toStdString() + "/workspace";
    RunStore(workspace, StoreMode::ReadWrite);
    window_ = std::make_unique<QWidget>();
    reader_ = std::make_unique<StoreThread>(workspace, StoreMode::ReadOnly);
    page_ = new DataPage(*reader_, window_.get());
    window_->show();
  }
  void cleanup() {
    window_.reset();
    reader_.reset();
  }

  /// All 1797 digits are counted, and an error of 16 greys for 17 is small but there.
  void splitsAndErrorAreThoseOfTheData() {
    const ShownData picture = readDataPicture(digits(), {}, {});
    QCOMPARE(picture.splits.size(), size_t{2});
    QCOMPARE(picture.splits[0].count + picture.splits[1].count, 1797);
    QCOMPARE(picture.splits[0].first, 64);
    // More of each class lie behind the first ones, to look at the class alone.
    for (int32_t label = 0; label < 10; ++label)
      QCOMPARE(std::ranges::count(picture.splits[0].images.labels, label), 64);
    QVERIFY(std::ranges::is_sorted(picture.splits[0].numbers));
    QCOMPARE(picture.measuredImages, picture.splits[0].count);
    QCOMPARE(picture.palette->size(), 16);
    QCOMPARE(std::accumulate(picture.colourUses.begin(), picture.colourUses.end(), int64_t{0}),
             64 * picture.splits[0].count);
    QCOMPARE(std::accumulate(picture.classCounts.begin(), picture.classCounts.end(), int64_t{0}),
             picture.splits[0].count);
    QVERIFY(picture.error->overall() > 0.1 && picture.error->overall() < 100);
  }

  void aVqvaeHasNoPalette() {
    RunSpec spec = digits();
    spec.kind = RunKind::Vqvae;
    const ShownData picture = readDataPicture(spec, {{-1, -1, -1}, {1, 1, 1}}, {});
    QVERIFY(!picture.palette && !picture.error && picture.colourUses.empty());
    QCOMPARE(picture.splits[0].shown.count, 0);
  }

  /// OpenAI's layout: nothing to compare the colours with, but their uses are known.
  void tokensAreShownInTheirColours() {
    RunSpec spec;
    spec.data.name = "tokens";
    spec.data.path = SCANLINE_GOLDEN "/tokenized/openai_layout/cifar10";
    spec.palette.path = SCANLINE_GOLDEN "/kmeans_centers.npy";
    const ShownData picture = readDataPicture(spec, {}, {});
    QCOMPARE(picture.splits.size(), size_t{3});
    QVERIFY(!picture.error);
    QCOMPARE(picture.splits[0].images.width, 8);
    QCOMPARE(picture.splits[0].shown.count, 0);
    QCOMPARE(std::accumulate(picture.colourUses.begin(), picture.colourUses.end(), int64_t{0}),
             64 * picture.splits[0].count);
  }

  void aSpecIsShownBeforeAnyRun() {
    page_->view()->show();
    page_->setSpec(digits());
    QTRY_COMPARE(pictures().count(), 128);
  }

  void nothingIsReadWhileNobodyLooks() {
    page_->view()->hide();
    page_->setSpec(digits());
    settle();
    QVERIFY(pictures().isEmpty());
    page_->view()->show();
    QTRY_COMPARE(pictures().count(), 128);
  }

  void aRunThatIsPreparingIsReadOnceItsDataAreKnown() {
    page_->view()->show();
    RunPrepared prepared;
    page_->setRun({1}, digits(), prepared);
    settle();
    QVERIFY(pictures().isEmpty());
    prepared.trainImages = 1617;
    prepared.palette = {{-1, -1, -1}, {1, 1, 1}};
    page_->setRun({1}, digits(), prepared);
    QTRY_COMPARE(pictures().count(), 128);
    const QRgb pixel = pictures().picture(1).pixel(3, 3);
    QVERIFY(pixel == qRgb(0, 0, 0) || pixel == qRgb(255, 255, 255));
  }

  /// Data asked for before another run was chosen do not appear any more.
  void anAnswerThatComesLateIsDropped() {
    page_->view()->show();
    page_->setSpec(digits());
    page_->clear();
    settle();
    QVERIFY(pictures().isEmpty());
  }

  void whatCannotBeReadIsASentence() {
    page_->view()->show();
    RunSpec spec = digits();
    spec.data.name = "cifar10";
    spec.data.path = "/nowhere";
    page_->setSpec(spec);
    const QImage before = page_->view()->grab().toImage();
    QTRY_VERIFY(page_->view()->grab().toImage() != before);
    QVERIFY(pictures().isEmpty());
  }

  /// A folder that moved is named by hand, and then read from there.
  void aRunsImagesAreLocated() {
    page_->view()->show();
    RunSpec spec = digits();
    spec.data.name = "cifar10";
    spec.data.path = "/nowhere";
    RunPrepared prepared;
    prepared.trainImages = 10;
    page_->setRun({1}, spec, prepared);
    auto* locate = page_->view()->findChild<QPushButton*>("locate");
    QTRY_VERIFY(locate->isVisible());
    QSignalSpy chosen(page_, &DataPage::pathChosen);
    QTimer::singleShot(0, page_->view(), [this] {
      auto* dialog = page_->view()->findChild<QFileDialog*>();
      if (!dialog) dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      if (!dialog) return;
      dialog->setDirectory(folder_->path());
      dialog->selectFile(folder_->path());
      static_cast<QDialog*>(dialog)->done(QDialog::Accepted);
    });
    QTest::mouseClick(locate, Qt::LeftButton);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].value<RunId>(), RunId{1});
    QVERIFY(QFileInfo(chosen[0][1].toString()).isDir());
    QCOMPARE(chosen[0][2].toString(), QStringLiteral("/nowhere"));
    spec = digits();  // as the store has it then
    page_->setRun({1}, spec, prepared);
    QTRY_VERIFY(!pictures().isEmpty());
    QVERIFY(!locate->isVisible());
  }

 private:
  /// Until everything that was asked for is answered.
  void settle() {
    bool done = false;
    reader_->post(
        this, [](RunStore&) {}, [&] { done = true; }, [](const QString&) {});
    QTRY_VERIFY(done);
  }
  const PictureSet& pictures() const { return page_->view()->findChild<ImageGrid*>()->pictures(); }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<QWidget> window_;
  std::unique_ptr<StoreThread> reader_;
  DataPage* page_ = nullptr;
};

QTEST_MAIN(DataPageTest)
#include "data_page_test.moc"
