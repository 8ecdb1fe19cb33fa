#include "core/jobs/report.h"

#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>
#include <cmath>
#include <fstream>

#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/jobs/html_text.h"
#include "core/jobs/picture_grid.h"
#include "core/spec/spec_text.h"
#include "core/store/run_store.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const std::string kHostile = "<script>alert('1')</script> & \"quoted\" \x01\xff é";

/// The elements that a browser would find in it.
struct Page {
  QStringList elements, links;
  QStringList text;                        ///< of every element that holds text
  QMap<QString, QStringList> valuesByRow;  ///< data-value of cells, by the row's head
  QStringList differing;                   ///< settings in marked rows
  QList<QByteArray> pictures;
  QString error;
};

Page read(const std::string& html) {
  Page page;
  QXmlStreamReader xml(QByteArray::fromStdString(html));
  QString row;
  bool isMarked = false;
  while (!xml.atEnd()) {
    xml.readNext();
    if (xml.isCharacters() && !xml.isWhitespace()) page.text << xml.text().toString();
    if (!xml.isStartElement()) continue;
    const auto name = xml.name().toString();
    const auto attributes = xml.attributes();
    page.elements << name;
    for (const auto& each : {QStringLiteral("src"), QStringLiteral("href"), QStringLiteral("xlink:href")})
      if (attributes.hasAttribute(each)) page.links << attributes.value(each).toString();
    if (name == "img")
      page.pictures << QByteArray::fromBase64(
          attributes.value("src").toUtf8().mid(int(strlen("data:image/png;base64,"))));
    if (name == "tr") isMarked = attributes.value("class") == QLatin1String("differs");
    if (name == "th" && attributes.value("scope") == QLatin1String("row")) {
      row = xml.readElementText();
      page.text << row;
      if (isMarked) page.differing << row;
    }
    if (name == "td" && attributes.hasAttribute("data-value"))
      page.valuesByRow[row] << attributes.value("data-value").toString();
  }
  if (xml.hasError()) page.error = QStringLiteral("%1 at line %2").arg(xml.errorString()).arg(xml.lineNumber());
  return page;
}

}  // namespace

class ReportTest : public QObject {
  Q_OBJECT
 private slots:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    store_ = std::make_unique<RunStore>(folder_->path().toStdString(), StoreMode::ReadWrite);
    first_ = makeRun("small", 1e-3, 4, 0);
    second_ = makeRun("large", 3e-4, 8, 0.125);
  }
  void cleanup() { store_.reset(); }

  void aComparisonHasTheNumbersOfTheStore() {
    const std::vector runs{first_, second_};
    const std::string html = reportHtml(*store_, runs);
    const Page page = read(html);
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(page.text.contains("2 runs compared"));
    for (const RunId run : runs) {
      const RunSummary summary = store_->run(run);
      const auto values = page.valuesByRow[QString::fromStdString(summary.name)];
      QVERIFY(values.contains(QString::number(summary.step)));
      QVERIFY(std::ranges::any_of(values, [&](const QString& v) { return v.toDouble() == *summary.bestLoss; }));
      QVERIFY(
          std::ranges::any_of(values, [&](const QString& v) { return v.toDouble() == 100 * *summary.bestAccuracy; }));
      for (const ProbeResult& probe : store_->probes(run, 19))
        QVERIFY(std::ranges::any_of(values, [&](const QString& v) { return v.toDouble() == probe.loss; }));
    }
    QCOMPARE(page.differing, (QStringList{"Layers", "Learning rate"}));
    QCOMPARE(page.elements.count("svg"), 3);  // training loss, validation loss, probes
    QVERIFY(page.text.contains("small") && page.text.contains("large"));
    QVERIFY(html.find("Test CPU") != std::string::npos);
    QVERIFY(html.find(htmlText(store_->details(second_).specToml)) != std::string::npos);
  }

  void itNeedsNothingButItself() {
    const Page page = read(reportHtml(*store_, std::vector{first_, second_}));
    QVERIFY(!page.elements.contains("script"));
    QVERIFY(!page.elements.contains("link"));
    QCOMPARE(page.links.size(), 2);
    for (const QString& link : page.links) QVERIFY(link.startsWith("data:image/png;base64,"));
  }

  void thePicturesAreTheSheetsOfTheStore() {
    const Page page = read(reportHtml(*store_, std::vector{first_}));
    QCOMPARE(page.pictures.size(), 1);
    const Raster shown = decodePng(page.pictures[0].toStdString(), "the report");
    const auto set = store_->samples(first_, 20, true);
    const Image sheet = pictureGrid(*set, Palette(store_->details(first_).prepared.palette),
                                    {.scale = 8, .gap = 2, .columns = 10, .rows = 16});
    QCOMPARE(shown.width, sheet.width);
    QCOMPARE(shown.height, sheet.height);
    QVERIFY(std::ranges::equal(shown.pixels, sheet.rgb));
  }

  /// As the form has them: no setting that makes no difference to any of the runs, and words for numbers that mean
  /// something else.
  void settingsAreThoseOfTheFormInItsWords() {
    const Page page = read(reportHtml(*store_, std::vector{first_, second_}));
    QVERIFY(page.text.contains("Image side") && page.text.contains("keep"));
    QVERIFY(page.text.contains("optimizer.learningRate"));
    for (const char* other : {"Labels a class", "Mask rate"}) QVERIFY2(!page.text.contains(other), other);
  }

  /// In the heads where all runs share it, else beside each number.
  void lossesHaveUnits() {
    const Page alike = read(reportHtml(*store_, std::vector{first_, second_}));
    QVERIFY(alike.text.contains("best validation loss, nats per pixel"));
    QVERIFY(alike.text.contains("training loss, nats per pixel"));
    QVERIFY(alike.text.contains("12\u202f345"));
    RunSpec spec;
    spec.name = "codes";
    spec.kind = RunKind::Vqvae;
    const RunId other = store_->create(toToml(spec));
    appendOne(other, Evaluation{20, 0.0625, {}});
    const Page mixed = read(reportHtml(*store_, std::vector{first_, other}));
    QVERIFY(mixed.text.contains("best validation loss"));
    QVERIFY(mixed.text.contains("0.0625 mean squared error"));
    QVERIFY(mixed.text.contains("small, nats per pixel"));  // a line of a chart
  }

  /// The accuracy of a fine-tuning is its classifier's, and no probe's.
  void theBestAccuracySaysWhose() {
    RunSpec spec;
    spec.name = "tuned";
    spec.kind = RunKind::Finetune;
    const RunId tuned = store_->create(toToml(spec));
    appendOne(tuned, Evaluation{20, 1, 0.75});
    QCOMPARE(store_->run(tuned).bestAccuracy, std::optional(0.75));
    const Page page = read(reportHtml(*store_, std::vector{first_, tuned}));
    QVERIFY(page.text.contains("layer 3"));
    QVERIFY(page.text.contains("classifier"));
  }

  void hostileTextStaysText() {
    store_->rename(first_, kHostile);
    store_->setNote(first_, kHostile);
    appendOne(first_, StateChanged{RunState::Failed, kHostile});
    const std::string html = reportHtml(*store_, std::vector{first_, second_}, {.title = kHostile});
    const Page page = read(html);
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY(!page.elements.contains("script"));
    QVERIFY(html.find("<script>") == std::string::npos);
    QVERIFY(page.text.join("").contains("<script>alert('1')</script> & \"quoted\""));
  }

  void textIsEscapedAndWhatIsNoUtf8Replaced_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("markup") << QByteArray("<a b='c' d=\"e\">&")
                            << QByteArray("&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
    QTest::newRow("words") << QByteArray("naïve 数 😀") << QByteArray("naïve 数 😀");
    QTest::newRow("control") << QByteArray("a\x1b[0mb\tc\n") << QByteArray("a\xEF\xBF\xBD[0mb\tc\n");
    QTest::newRow("cut off") << QByteArray("\xC3") << QByteArray("\xEF\xBF\xBD");
    QTest::newRow("too long") << QByteArray("\xC0\xAF") << QByteArray("\xEF\xBF\xBD\xEF\xBF\xBD");
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << QByteArray("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    QTest::newRow("no character") << QByteArray("\xEF\xBF\xBE") << QByteArray("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  }
  void textIsEscapedAndWhatIsNoUtf8Replaced() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    QCOMPARE(QByteArray::fromStdString(htmlText(text.toStdString())), expected);
  }

  void base64IsThatOfQt() {
    std::string bytes;
    for (int length = 0; length < 70; ++length) {
      QCOMPARE(QByteArray::fromStdString(base64(bytes)), QByteArray::fromStdString(bytes).toBase64());
      bytes += char(length * 37 + 11);
    }
  }

  /// A million points stay a small page, with their spike.
  void longCurvesKeepTheirExtremes() {
    std::vector<TrainEvent> events;
    for (int64_t step = 100; step < 20100; ++step)
      events.emplace_back(Scalars{step, {{"train/loss", step == 7777 ? 50.0 : 1.0}}});
    store_->append(first_, events);
    const std::string html = reportHtml(*store_, std::vector{first_});
    QVERIFY(html.size() < 200'000);
    QVERIFY(html.find(">50<") != std::string::npos);  // the axis reaches up to it
  }

  void runsWithoutAnythingAreReported() {
    const RunId bare = store_->create(toToml(RunSpec{}));
    const Page page = read(reportHtml(*store_, std::vector{bare}));
    QVERIFY2(page.error.isEmpty(), qPrintable(page.error));
    QVERIFY_EXCEPTION_THROWN(reportHtml(*store_, {}), Error);
  }

  void theFileIsThePage() {
    const fs::path file = fs::path(folder_->path().toStdString()) / "report.html";
    writeReport(*store_, std::vector{first_}, file);
    std::ifstream in(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    QCOMPARE(content, reportHtml(*store_, std::vector{first_}));
    QVERIFY_EXCEPTION_THROWN(writeReport(*store_, std::vector{first_}, "/nowhere/report.html"), Error);
  }

 private:
  void appendOne(RunId run, const TrainEvent& event) { store_->append(run, std::span(&event, 1)); }

  RunId makeRun(const std::string& name, double rate, int64_t layers, double better) {
    RunSpec spec;
    spec.name = name;
    spec.optimizer.learningRate = rate;
    spec.model.layers = layers;
    const RunId run = store_->create(toToml(spec));
    RunPrepared prepared{.trainImages = 100, .parameters = 12345};
    prepared.palette = {{-1, -1, -1}, {0, 0, 0}, {1, 1, 1}};
    prepared.paletteSize = 3;
    prepared.environment = {{"Device", "Test CPU <fast>"}};
    appendOne(run, prepared);
    for (int64_t step = 1; step <= 20; ++step)
      appendOne(run, StepStats{step, 3 - 0.1 * double(step) - better, rate, 0.5, 100, {}});
    appendOne(run, Evaluation{20, 1.23456789012345 - better, {}});
    for (const int64_t step : {10, 20})
      for (int64_t layer = 0; layer < 4; ++layer)
        appendOne(run, ProbeResult{.step = step,
                                   .layer = layer,
                                   .accuracy = 0.5 + 0.0123456789 * double(layer) + better,
                                   .loss = 1.1 - 0.01 * double(layer) + 0.001 * double(step)});
    appendOne(run, SampleSet{20,
                             8,
                             1,
                             4,
                             2,
                             {{0, 1, 2, 0, 1, 2, 0, 1}},
                             {{0, 1, 2, 0, 2, 2, 2, 2}, {0, 1, 2, 0, 1, 1, 1, 1}},
                             {1.5},
                             {1.0, 2.0},
                             0,
                             0,
                             {},
                             {}});
    return run;
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<RunStore> store_;
  RunId first_, second_;
};

QTEST_GUILESS_MAIN(ReportTest)
#include "report_test.moc"
