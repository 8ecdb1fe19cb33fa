// A disk that fails at every place of a short run, once or for good, and one that is really full.
#include <sys/mount.h>

#include <QProcess>
#include <QTest>
#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "core/base/atomic_file.h"
#include "tests/core/store/store_support.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// How the disk of a process is to fail: at its `at`th call below the workspace.
struct Fault {
  int at = 0;
  bool forEver = false;
  int error = ENOSPC;
};

struct Ended {
  int code = -1;
  QString said;
  int calls = 0;
};

/// One name and value a line: all that is stored of the run, but times and log.
QStringList stored(const fs::path& workspace) {
  const RunStore store(workspace, StoreMode::ReadOnly);
  const auto run = store.find("run");
  if (!run) return {"no run"};
  QStringList lines{QStringLiteral("state %1 step %2").arg(int(store.run(*run).state)).arg(store.run(*run).step)};
  for (const SeriesSummary& each : store.summaries(*run)) {
    // Of the machine, and of the time that a run takes.
    if (each.name == series::kImagesPerSecond || each.name.starts_with("system/")) continue;
    const auto points = store.points(*run, each.name, INT64_MIN);
    lines << QStringLiteral("%1 %2 of %3").arg(each.name.c_str()).arg(each.count).arg(points.size());
    for (const Point& point : points)
      lines << QStringLiteral("%1 %2 %3").arg(each.name.c_str()).arg(point.step).arg(point.value, 0, 'g', 17);
  }
  for (const ProbeResult& probe : store.probes(*run, -1))
    lines << QStringLiteral("probe %1 %2 %3").arg(probe.step).arg(probe.layer).arg(probe.accuracy, 0, 'g', 17);
  for (const SampleSetInfo& set : store.sampleSets(*run))
    lines << QStringLiteral("samples %1 %2").arg(set.step).arg(set.given);
  for (const CheckpointRow& row : store.checkpoints(*run)) {
    lines << QStringLiteral("checkpoint %1 %2").arg(row.step).arg(row.reason.c_str());
    if (!fs::exists(store.folder(*run) / row.file)) lines << "its file is missing";
  }
  for (const std::string& fault : store.verify()) lines << QString::fromStdString(fault);
  return lines;
}

}  // namespace

class DiskFaultsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() {
    const QTemporaryDir workspace;
    const Ended whole = runIn(workspace, {});
    QCOMPARE(whole.code, 0);
    whole_ = stored(pathOf(workspace));
    calls_ = whole.calls;
    QVERIFY(calls_ > 50);
    QVERIFY(whole_.contains("train/loss 12 of 12"));
  }

  /// A hiccup: the run does not even notice.
  void aCallThatFailsOnceChangesNothing() {
    struct Started {
      QTemporaryDir workspace;
      QProcess process;
    };
    for (int first = 1; first <= calls_; first += kRunsAtOnce) {
      std::array<Started, kRunsAtOnce> runs;
      const int count = std::min(kRunsAtOnce, calls_ - first + 1);
      for (int i = 0; i < count; ++i) {
        Started& run = runs.at(static_cast<size_t>(i));
        const int at = first + i;
        prepare(run.process, run.workspace, {.at = at, .error = at % 2 == 0 ? EIO : ENOSPC}, 0);
        run.process.start();
      }
      for (int i = 0; i < count; ++i) {
        Started& run = runs.at(static_cast<size_t>(i));
        const int at = first + i;
        const Ended end = endOf(run.process);
        QVERIFY2(end.code == 0, qPrintable(QStringLiteral("call %1: %2").arg(at).arg(end.said)));
        QVERIFY2(stored(pathOf(run.workspace)) == whole_, qPrintable(difference(at, run.workspace)));
      }
    }
  }

  /// A disk that takes nothing from some call on: the run waits, and when it is stopped, all that it has said and
  /// learned is kept elsewhere. With room again it goes on and ends as if nothing had happened.
  void aDiskThatIsFullFromSomeCallOnLosesNothing() {
    for (int at = 1; at <= calls_; at += std::max(1, calls_ / kMostRunsForEver)) {
      const QTemporaryDir workspace;
      const Ended cut = runIn(workspace, {.at = at, .forEver = true}, 300);
      QVERIFY2(cut.code == 0 || cut.code == 2 || cut.code == 3,
               qPrintable(QStringLiteral("call %1: %2 %3").arg(at).arg(cut.code).arg(cut.said)));
      QVERIFY2(cut.code == 0 || cut.said.contains("space") || cut.said.contains("full"), qPrintable(cut.said));
      const Ended end = runIn(workspace, {});
      QVERIFY2(end.code == 0, qPrintable(QStringLiteral("call %1: %2").arg(at).arg(end.said)));
      QVERIFY2(stored(pathOf(workspace)) == whole_, qPrintable(difference(at, workspace)));
    }
  }

  /// The real thing: a small file system that is full, and after a while no longer.
  void aFullFileSystemPausesTheRun() {
    const QTemporaryDir place;
    if (::mount("scanline-test", place.path().toUtf8().constData(), "tmpfs", 0, "size=4m") != 0)
      QSKIP("A tmpfs cannot be mounted here; that takes root.");
    const struct Unmount {
      QByteArray folder;
      ~Unmount() { ::umount2(folder.constData(), MNT_DETACH); }
    } unmount{place.path().toUtf8()};
    const QString go = elsewhere_.path() + "/go";
    QProcess process;
    prepare(process, place, {}, 0);
    process.setArguments({place.path(), "0", go});
    process.start();
    QByteArray said;
    const auto waitFor = [&](std::initializer_list<const char*> words) {
      const auto isSaid = [&] { return std::ranges::any_of(words, [&](const char* w) { return said.contains(w); }); };
      while (!isSaid() && process.state() != QProcess::NotRunning) {
        process.waitForReadyRead(100);
        said += process.readAllStandardError();
      }
    };
    waitFor({"halfway"});
    const fs::path ballast = pathOf(place) / "ballast";
    {
      std::ofstream file(ballast, std::ios::binary);
      while (file << std::string(4096, 'x') << std::flush) {
      }
    }
    std::ofstream(go.toStdString()) << "go";
    waitFor({"full", "space"});
    QVERIFY2(process.state() == QProcess::Running, said.constData());
    fs::remove(ballast);
    QVERIFY(process.waitForFinished(60000));
    QVERIFY2(process.exitCode() == 0, (said + process.readAllStandardError()).constData());
    QCOMPARE(stored(pathOf(place)), whole_);
  }

 private:
  static constexpr int kRunsAtOnce = 8;        ///< a run mostly waits: so every call is tried within a minute or so
  static constexpr int kMostRunsForEver = 16;  ///< each waits for a while

  void prepare(QProcess& process, const QTemporaryDir& workspace, const Fault& fault, int stopAfterMs) const {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", elsewhere_.path() + "/cache");
    environment.insert("TMPDIR", elsewhere_.path());
    if (fault.at >= 0) {
      environment.insert("LD_PRELOAD", FAILING_DISK);
      environment.insert("FAILING_DISK_FOLDER", workspace.path() + "/");
      environment.insert("FAILING_DISK_AT", QString::number(fault.at));
      environment.insert("FAILING_DISK_FOR_EVER", fault.forEver ? "1" : "0");
      environment.insert("FAILING_DISK_ERROR", QString::number(fault.error));
      environment.insert("FAILING_DISK_COUNT", elsewhere_.path() + "/count");
    }
    process.setProcessEnvironment(environment);
    process.setProgram(DISK_RUN);
    QStringList arguments{workspace.path()};
    if (stopAfterMs > 0) arguments << QString::number(stopAfterMs);
    process.setArguments(arguments);
  }

  Ended runIn(const QTemporaryDir& workspace, const Fault& fault, int stopAfterMs = 0) const {
    QProcess process;
    prepare(process, workspace, fault, stopAfterMs);
    process.start();
    return endOf(process);
  }

  Ended endOf(QProcess& process) const {
    if (!process.waitForFinished(120000) || process.exitStatus() != QProcess::NormalExit)
      return {-1, "crashed, or does not end: " + process.readAllStandardError(), 0};
    int calls = 0;
    std::ifstream(elsewhere_.path().toStdString() + "/count") >> calls;
    return {process.exitCode(), process.readAllStandardError(), calls};
  }

  QString difference(int at, const QTemporaryDir& workspace) const {
    const QStringList now = stored(pathOf(workspace));
    QStringList lines{QStringLiteral("call %1").arg(at)};
    for (const QString& line : now)
      if (!whole_.contains(line)) lines << "+ " + line;
    for (const QString& line : whole_)
      if (!now.contains(line)) lines << "- " + line;
    return lines.join('\n');
  }

  QTemporaryDir elsewhere_;
  QStringList whole_;
  int calls_ = 0;
};

QTEST_GUILESS_MAIN(DiskFaultsTest)
#include "disk_faults_test.moc"
