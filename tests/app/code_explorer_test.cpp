#include "app/code_explorer.h"

#include <QTabWidget>
#include <QTest>
#include <atomic>

#include "tests/app/open_window_test.h"
#include "tests/core/run/fake_trainer.h"
#include "widgets/lists/run_table.h"
#include "widgets/pages/code_panel.h"
#include "widgets/pages/codebook_view.h"
#include "widgets/pages/completions_view.h"

using namespace scanline;

namespace {

constexpr int64_t kStride = 4, kCodes = 4;

/// A code for each quarter of brightness, of the first pixel of an area.
class FakeCodec : public VqvaeCodec {
 public:
  explicit FakeCodec(int64_t step)
      : info_{.specToml = {}, .step = step, .side = 8, .stride = kStride, .codes = kCodes} {}
  const VqvaeInfo& info() const override { return info_; }
  TokenSet encode(const ImageSet& images, const Control&) const override {
    TokenSet tokens{.count = images.count, .length = images.width / kStride * (images.height / kStride)};
    for (int64_t image = 0; image < images.count; ++image)
      for (int64_t y = 0; y < images.height; y += kStride)
        for (int64_t x = 0; x < images.width; x += kStride)
          tokens.ids.push_back(images.image(image)[static_cast<size_t>(3 * (y * images.width + x))] / 64);
    return tokens;
  }
  std::vector<std::vector<uint8_t>> decode(const std::vector<std::vector<Token>>& codes, int64_t) const override {
    std::vector<std::vector<uint8_t>> pictures;
    for (const auto& row : codes) {
      auto& picture = pictures.emplace_back();
      for (const Token code : row)
        picture.insert(picture.end(), static_cast<size_t>(3 * kStride * kStride), static_cast<uint8_t>(64 * code));
    }
    return pictures;
  }
  Palette colours() const override { return Palette(std::vector<Colour>{{-1, -1, -1}, {1, 1, 1}}); }

 private:
  VqvaeInfo info_;
};

class CodecEngine : public FakeEngine {
 public:
  std::unique_ptr<VqvaeCodec> openVqvae(const std::filesystem::path& checkpoint, int64_t) override {
    ++opened;
    file = checkpoint;
    return std::make_unique<FakeCodec>(6);
  }
  std::atomic<int64_t> opened = 0;
  std::filesystem::path file;
};

}  // namespace

/// From the codebook of the Completions page to the codes' patches and pictures, in the window.
class CodeExplorerTest : public QObject, OpenWindowTest {
  Q_OBJECT
 private slots:
  void initTestCase() {
    makeWorkspace();
    engine_ = std::make_shared<CodecEngine>();
    train(fakeSpec("codes"), engine_);
    run_ = store().runs().front().id;
    RunStore writer(workspace_.toStdString(), StoreMode::ReadWrite);
    for (const int64_t step : {2, 6}) writer.append(run_, std::vector<TrainEvent>{CodebookUse{step, {40, 30, 20, 10}}});
  }
  void init() {
    engine_->opened = 0;
    openWindow([this] { return engine_; });
    auto* tabs = window_->findChild<QTabWidget*>();
    QTRY_VERIFY(tabs->isVisible());
    window_->findChild<RunTable*>()->select({run_});
    QWidget* page = window_->findChild<CompletionsView*>();
    while (tabs->indexOf(page) < 0) page = page->parentWidget();
    tabs->setCurrentWidget(page);
    QTRY_VERIFY(codebook().isVisible());
  }
  void cleanup() { window_.reset(); }

  void aCodeThatIsPointedAtIsLookedUp() {
    QVERIFY(panel().words().startsWith(QStringLiteral("Point at")));
    QCOMPARE(engine_->opened.load(), 0);
    point(1);
    QTRY_VERIFY(panel().atlas() != nullptr);
    const CodeAtlas& atlas = *panel().atlas();
    QCOMPARE(engine_->file.filename().string(), std::string("step-6.safetensors"));
    const int64_t pictures = store().details(run_).prepared.validationImages;
    QCOMPARE(atlas.images.count, pictures);
    QCOMPARE(panel().words(), QStringLiteral("Code 1, in %1 of %2 pictures").arg(atlas.picturesWith(1)).arg(pictures));
    QCOMPARE(static_cast<int>(atlas.patches.image(3)[0]), 192);
    point(2);  // of the same step: nothing is read again
    QTRY_VERIFY(panel().words().startsWith(QStringLiteral("Code 2")));
    QCOMPARE(engine_->opened.load(), 1);
  }

  /// The codes of another run are not shown, also if their answer comes late.
  void anotherRunTakesThemAway() {
    point(1);
    window_->findChild<RunTable*>()->select({});
    QTest::qWait(200);
    QVERIFY(!panel().atlas());
    QVERIFY(panel().words().startsWith(QStringLiteral("Point at")));
  }

 private:
  CodebookView& codebook() const { return *window_->findChild<CodebookView*>(); }
  CodePanel& panel() const { return *window_->findChild<CodePanel*>(); }
  /// The codes' ranks are their numbers here.
  void point(size_t code) {
    QTest::mouseMove(&codebook(), codebook().barOf(3 - code).center().toPoint());
    QTest::mouseMove(&codebook(), codebook().barOf(code).center().toPoint());
  }

  RunId run_;
  std::shared_ptr<CodecEngine> engine_;
};

QTEST_MAIN(CodeExplorerTest)
#include "code_explorer_test.moc"
