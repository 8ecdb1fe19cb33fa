#include <QRegularExpression>
#include <QTest>
#include <filesystem>
#include <limits>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/jobs/figure.h"
#include "core/spec/spec_text.h"
#include "experiments/cli/study.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

constexpr auto kStudy = R"(title = "Two sizes"
figure = "layers"
spec = "quick-start"
set = ["train.steps=4", "train.batchSize=8", "train.evaluateEvery=2", "train.evaluateImages=20", "probe.every=2",
       "probe.trainImages=100", "probe.testImages=50", "sample.prompts=1", "sample.unconditional=1", "palette.size=8"]

[[run]]
name = "small"
set = ["model.layers=1", "model.width=8", "model.heads=2"]

[[run]]
name = "larger"
set = ["model.layers=2", "model.width=16", "model.heads=2"]
)";

fs::path writeStudy(const TempFolder& folder, std::string text) {
  const fs::path place = folder.path() / "sizes";
  fs::create_directories(place);
  writeFileAtomically(place / "study.toml", text);
  return place;
}

QString replaced(const char* what, const char* with) {
  return QString(kStudy).replace(what, with);
}

size_t runCount(const fs::path& workspace) {
  return RunStore(workspace, StoreMode::ReadOnly).runs().size();
}

}  // namespace

class StudyTest : public QObject {
  Q_OBJECT
 private slots:
  void runsToItsFigureAndIsNotDoneTwice_data() {
    QTest::addColumn<QString>("figure");
    QTest::addColumn<QString>("firstLine");
    QTest::addColumn<int>("numbers");  // lines of numbers.csv below its head
    QTest::newRow("layers") << "layers"
                            << "run,layer,accuracy" << 2 + 3;
    QTest::newRow("loss") << "loss-accuracy"
                          << "run,step,validation,accuracy" << 2 * 2;
    QTest::newRow("bars") << "bars"
                          << "run,accuracy,deviation" << 2;
  }
  void runsToItsFigureAndIsNotDoneTwice() {
    QFETCH(const QString, figure);
    QFETCH(const QString, firstLine);
    QFETCH(const int, numbers);
    const TempFolder folder;
    const fs::path study = writeStudy(folder, replaced("\"layers\"", qPrintable('"' + figure + '"')).toStdString());
    const fs::path workspace = folder.path() / "workspace";
    const QStringList arguments{"study", study.c_str(), "--workspace", workspace.c_str()};
    const auto first = runCli(arguments);
    QVERIFY2(first.code == 0, first.err.c_str());
    QCOMPARE(runCount(workspace), size_t{2});

    const fs::path results = workspace / "studies" / "sizes";
    const auto csv = QString::fromStdString(readFile(results / "numbers.csv", 1 << 20)).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(csv.front(), firstLine);
    QCOMPARE(csv.size(), numbers + 1);
    const std::string table = readFile(results / "table.md", 1 << 20);
    QVERIFY(table.find("| small |") != std::string::npos && table.find("| larger |") != std::string::npos);
    const std::string drawn = readFile(results / "figure.svg", 1 << 20);
    QVERIFY(drawn.starts_with("<svg") && drawn.find(">larger</text>") != std::string::npos);

    QCOMPARE(runCli(arguments).code, 0);
    QCOMPARE(runCount(workspace), size_t{2});
    QCOMPARE(readFile(results / "table.md", 1 << 20), table);
  }

  /// A setting that changes the computation makes new runs; the place of the data does not.
  void settingsDecideWhetherARunIsTheSame() {
    const TempFolder folder;
    const Study study = readStudy(writeStudy(folder, kStudy) / "study.toml", {"threads=1"});
    RunStore store(folder.path() / "workspace", StoreMode::ReadWrite);
    const RunId run = store.create(toToml(study.runs.front().spec));
    RunSpec spec = study.runs.front().spec;
    QCOMPARE(findStored(store, spec), std::optional(run));
    spec.threads = 2;
    spec.data.path = "elsewhere";
    QCOMPARE(findStored(store, spec), std::optional(run));
    spec.model.width = 16;
    QVERIFY(!findStored(store, spec));
  }

  /// Mean and sample deviation over the subsets; a test accuracy goes before that of a probe on validation images.
  void lowDataAndTestAccuraciesAreDrawn() {
    const TempFolder folder;
    Study study = readStudy(writeStudy(folder, kStudy) / "study.toml", {});
    RunStore store(folder.path() / "workspace", StoreMode::ReadWrite);
    const RunId run = store.create(toToml(study.runs.front().spec));
    study.runs.resize(1);
    study.figure = StudyFigure::LowData;
    QVERIFY_THROWS_EXCEPTION(Error, report(study, store, {run}));
    const std::vector<TrainEvent> events{LowDataResult{4, 0, 1, 0.5, 1}, LowDataResult{4, 1, 1, 0.7, 1},
                                         LowDataResult{25, 0, 1, 0.8, 1}, Evaluation{2, 1.5, 0.75},
                                         Scalars{2, {{std::string(series::kTestAccuracy), 0.625}}}};
    store.append(run, events);
    const StudyReport labels = report(study, store, {run});
    QVERIFY2(labels.table.find("| small | 4 | 1 | 60.0 % | 14.1 | 2 |") != std::string::npos, labels.table.c_str());
    QVERIFY2(labels.table.find("| small | 25 | 1 | 80.0 % | 0.0 | 1 |") != std::string::npos, labels.table.c_str());
    QVERIFY(labels.figure.find("60.0 ± 14.1") != std::string::npos);
    study.figure = StudyFigure::Bars;
    const StudyReport bars = report(study, store, {run});
    QVERIFY2(bars.table.find("75.0 % | 62.5 % |") != std::string::npos, bars.table.c_str());
    QVERIFY(bars.csv.find("\"small\",0.625,0") != std::string::npos);
  }

  void aMistakeNamesFileAndReason_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("reason");
    QTest::newRow("no title") << replaced("title = \"Two sizes\"", "") << "\"title\" must be a text";
    QTest::newRow("figure") << replaced("\"layers\"", "\"pie\"") << "takes layers, loss-accuracy, bars or low-data";
    QTest::newRow("unknown key") << replaced("[[run]]\nname = \"small\"", "[[run]]\ncolour = \"red\"\nname = \"small\"")
                                 << "A study knows no \"colour\"";
    QTest::newRow("bad setting") << replaced("model.layers=1", "model.layer=1") << "did you mean model.layers?";
    QTest::newRow("no runs") << QString("title = \"x\"\nfigure = \"bars\"\nspec = \"quick-start\"\n")
                             << "at least one [[run]]";
    QTest::newRow("no toml") << QString("= = =") << "line 1";
    QTest::newRow("number for a list") << replaced("set = [\"model.layers=1\", \"model.width=8\", \"model.heads=2\"]",
                                                   "set = 3")
                                       << "must be a list of texts";
  }
  void aMistakeNamesFileAndReason() {
    QFETCH(const QString, text);
    QFETCH(const QString, reason);
    const TempFolder folder;
    const fs::path study = writeStudy(folder, text.toStdString());
    const auto result = runCli({"study", study.c_str(), "--workspace", (folder.path() / "workspace").c_str()});
    QCOMPARE(result.code, 1);
    QVERIFY2(QString::fromStdString(result.err).contains(reason), result.err.c_str());
  }

  void figuresStayWithinTheirFrame() {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    const std::string drawn = lineFigure("x & y", "loss", {{"a<b", {{0, 1e-7}, {1, kNaN}, {2, 3e-7}}}, {"none", {}}});
    QVERIFY(drawn.find("x &amp; y") != std::string::npos && drawn.find("a&lt;b") != std::string::npos);
    QVERIFY(drawn.find("nan") == std::string::npos);
    static const QRegularExpression circle("<circle cx=\"([-0-9.]+)\" cy=\"([-0-9.]+)\"");
    int marks = 0;
    for (auto each = circle.globalMatch(QString::fromStdString(drawn)); each.hasNext(); ++marks) {
      const auto match = each.next();
      QVERIFY(match.captured(1).toDouble() >= 0 && match.captured(1).toDouble() <= 720);
      QVERIFY(match.captured(2).toDouble() >= 0 && match.captured(2).toDouble() <= 420);
    }
    QCOMPARE(marks, 2);
    QVERIFY(barFigure("accuracy, %", {{"one", 12.34, 0.5}}).find("12.3 ± 0.5") != std::string::npos);
    QVERIFY(lineFigure("x", "y", {}).ends_with("</svg>\n"));
  }

  /// The studies that come with Scanline can be read, and each has its page.
  void shippedStudiesAreWhole() {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(SCANLINE_STUDIES)) {
      if (!entry.is_directory()) continue;
      ++count;
      QVERIFY(!readStudy(entry.path() / "study.toml", {"data.path=somewhere"}).runs.empty());
      QVERIFY2(fs::exists(entry.path() / "README.md"), entry.path().c_str());
    }
    QVERIFY(count > 0);
  }
};

QTEST_GUILESS_MAIN(StudyTest)
#include "study_test.moc"
