#include "core/foreign/tfevents.h"

#include <QTest>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "core/base/atomic_file.h"
#include "core/base/crc32c.h"
#include "core/base/error.h"
#include "core/data/image_decoders.h"
#include "core/foreign/tfevents_writer.h"
#include "core/formats/npy.h"
#include "core/formats/protobuf.h"
#include "tests/support/broken_files.h"
#include "tests/support/largest_allocation.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

/// Whether two points are the same, bit for bit but for NaN.
bool same(const EventPoint& a, const EventPoint& b) {
  return a.step == b.step && a.wallTime == b.wallTime &&
         (a.value == b.value || (std::isnan(a.value) && std::isnan(b.value)));
}

/// tag,step,wall_time,value and more columns, in the order of the file.
std::map<std::string, std::vector<EventPoint>> readTable(const fs::path& file) {
  std::map<std::string, std::vector<EventPoint>> table;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line)) {
    std::istringstream cells(line);
    std::string tag, step, time, value;
    std::getline(cells, tag, ',');
    std::getline(cells, step, ',');
    std::getline(cells, time, ',');
    std::getline(cells, value, ',');
    table[tag].push_back({std::stoll(step), std::stod(time), std::stod(value)});
  }
  return table;
}

void compare(const std::vector<EventPoint>& found, const std::vector<EventPoint>& expected) {
  QCOMPARE(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    QVERIFY2(same(found[i], expected[i]), qPrintable(QStringLiteral("point %1").arg(i)));
}

const EventSeries* find(const EventLog& log, std::string_view tag) {
  const auto found = std::ranges::find(log.series, tag, &EventSeries::tag);
  return found == log.series.end() ? nullptr : &*found;
}

/// Pixels of an .npy of [..., height, width, 3].
std::vector<uint8_t> pixelsOf(const fs::path& npy) {
  return readNpy(npy).values<uint8_t>();
}

void addRecord(std::string& to, const ProtobufWriter& event) {
  const auto put = [&](std::span<const std::byte> bytes) {
    to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const uint32_t sum = maskedCrc32c(crc32c(bytes));
    to.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  };
  const uint64_t length = event.written().size();
  put(std::as_bytes(std::span(&length, 1)));
  put(event.written());
}

/// An event with one scalar tensor of plugin "scalars".
ProtobufWriter tensorEvent(int64_t step, const ProtobufWriter& tensor, bool withPlugin = true) {
  ProtobufWriter plugin, metadata, value, summary, event;
  plugin.text(1, "scalars");
  metadata.message(1, plugin);
  value.text(1, "x");
  if (withPlugin) value.message(9, metadata);
  value.message(8, tensor);
  summary.message(1, value);
  event.int64(2, step);
  event.message(5, summary);
  return event;
}

}  // namespace

class TfEventsTest : public QObject {
  Q_OBJECT

  void rows() {
    QTest::addColumn<QString>("run");
    for (const char* run : {"simple", "tensor", "tf2"}) QTest::newRow(run) << run;
  }

 private slots:
  void everyPointIsReadExactly_data() { rows(); }
  void everyPointIsReadExactly() {
    QFETCH(const QString, run);
    const fs::path folder = kGolden / "tensorboard" / run.toStdString();
    const auto log = readEventLog(folder);
    const auto expected = readTable(folder / "scalars.csv");
    QCOMPARE(log.series.size(), expected.size());
    size_t hidden = 0;
    for (const EventSeries& series : log.series) {
      compare(series.points, expected.at(series.tag));
      hidden += series.points.size() - series.shown.size();
    }
    QCOMPARE(log.warnings.size(), hidden == 0 ? 0UL : 1UL);  // simple and tf2 went on from an earlier step
    if (hidden > 0)
      QVERIFY(log.warnings[0].find(std::to_string(hidden) + " points of train/loss, ") != std::string::npos);
  }

  void pointsThatHoldAreThoseThatTensorBoardShows_data() { rows(); }
  void pointsThatHoldAreThoseThatTensorBoardShows() {
    QFETCH(const QString, run);
    const fs::path folder = kGolden / "tensorboard" / run.toStdString();
    const auto log = readEventLog(folder);
    const auto expected = readTable(folder / "smoothed.csv");
    for (const auto& [tag, points] : expected) {
      const EventSeries* series = find(log, tag);
      QVERIFY(series);
      compare(series->shown, points);
    }
  }

  void picturesAreReadHistogramsAndTextsPassedOver() {
    const auto log = readEventLog(kGolden / "tensorboard/simple");
    const auto steps = readNpy(kGolden / "tensorboard/simple/image_steps.npy").toIntegers();
    QCOMPARE(log.pictures.size(), 3UL);
    for (size_t i = 0; i < 3; ++i) {
      const auto image = decodeImage(log.pictures[i].encoded, "picture").image;
      QVERIFY(image.rgb == pixelsOf(kGolden / "tensorboard/simple" / ("image" + std::to_string(i) + ".npy")));
      QCOMPARE(log.pictures[i].step, steps[i]);
    }
    QCOMPARE(log.series.size(), 3UL);
  }

  void picturesInTensorsAreRead() {
    const auto log = readEventLog(kGolden / "tensorboard/tf2");
    const auto expected = pixelsOf(kGolden / "tensorboard/tf2/images.npy");
    std::vector<uint8_t> found;
    for (const EventPicture& picture : log.pictures) {
      const auto image = decodeImage(picture.encoded, "picture").image;
      found.insert(found.end(), image.rgb.begin(), image.rgb.end());
    }
    QVERIFY(found == expected);
    QCOMPARE(log.pictures[1].index, 1);
  }

  void brokenFilesGiveWhatIsSound_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("sentence");
    for (const auto& broken : brokenFiles("events/"))
      QTest::newRow(broken.file.parent_path().filename().c_str())
          << QString::fromStdString(broken.file.string()) << QString::fromStdString(broken.sentence);
  }
  void brokenFilesGiveWhatIsSound() {
    QFETCH(const QString, file);
    QFETCH(const QString, sentence);
    const std::string name = QTest::currentDataTag();
    largestAllocation = 0;
    try {
      const auto log = readEventLog(file.toStdString());
      size_t points = 0;
      for (const EventSeries& series : log.series) points += series.points.size();
      if (name == "empty")
        QCOMPARE(points, 0UL);
      else
        QVERIFY2(points >= 11,
                 qPrintable(QString::number(points)));  // 12 records, the first of them the file's version
      QCOMPARE(log.warnings.empty(), sentence.isEmpty());
      for (const std::string& warning : log.warnings)
        QVERIFY2(warning.find("tfevents") != std::string::npos && QString::fromStdString(warning).contains(sentence),
                 warning.c_str());
    } catch (const Error& error) {
      QCOMPARE(name, std::string("text"));
      QVERIFY2(QString(error.what()).contains("tfevents") && QString(error.what()).contains(sentence), error.what());
    }
    QVERIFY2(largestAllocation < 1 << 16, "a size was believed before it was checked");
  }

  void manyBadRecordsAreToldOfTwentyTimes() {
    const TempFolder folder;
    std::string file;
    for (int64_t step = 0; step < 30; ++step) {
      ProtobufWriter value, summary, event;
      value.float32(2, 1);  // no tag
      summary.message(1, value);
      event.int64(2, step);
      event.message(5, summary);
      addRecord(file, event);
    }
    std::ofstream(folder / "a.tfevents", std::ios::binary) << file;
    QCOMPARE(readEventLog(folder / "a.tfevents").warnings.size(), 20UL);
  }

  /// A run is killed at any byte: whole records before still count.
  void aFileCutAnywhereCountsUpToThere() {
    const TempFolder folder;
    const std::string whole = readFile(kGolden / "tensorboard/tf2/events.out.tfevents.1700030000.host.1.0.v2", 1 << 20);
    size_t last = 0;
    for (size_t length = 120; length < whole.size(); length += 61) {
      std::ofstream(folder / "a.tfevents", std::ios::binary) << whole.substr(0, length);
      size_t points = 0;
      for (const EventSeries& series : readEventLog(folder / "a.tfevents").series) points += series.points.size();
      QVERIFY(points >= last);
      last = points;
    }
    QVERIFY(last > 100);
  }

  void aSessionsStartVoidsWhatCameAfterIt() {
    const TempFolder folder;
    {
      TfEventsWriter first(folder.path());
      for (int64_t step = 1; step <= 5; ++step) first.addScalar("a", step, 1, 1000 * step);
      first.flush();
    }
    TfEventsWriter second(folder.path(), 4);
    second.addScalar("b", 4, 2, 9000);
    second.flush();
    const auto log = readEventLog(folder.path());
    QCOMPARE(find(log, "a")->shown.size(), 3UL);
    QCOMPARE(find(log, "a")->points.size(), 5UL);
    QCOMPARE(find(log, "b")->shown.size(), 1UL);
  }

  void everyKindOfNumberIsRead_data() {
    QTest::addColumn<int>("dtype");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<double>("value");
    QTest::newRow("half") << 19 << QByteArray("\x00\x3e", 2) << 1.5;
    QTest::newRow("bfloat16") << 14 << QByteArray("\xc0\x3f", 2) << 1.5;
    QTest::newRow("int32") << 3 << QByteArray("\xfe\xff\xff\xff", 4) << -2.0;
    QTest::newRow("int64") << 9 << QByteArray("\x07\0\0\0\0\0\0\0", 8) << 7.0;
    QTest::newRow("double") << 2 << QByteArray("\0\0\0\0\0\0\xf8\x3f", 8) << 1.5;
  }
  void everyKindOfNumberIsRead() {
    QFETCH(const int, dtype);
    QFETCH(const QByteArray, content);
    QFETCH(const double, value);
    const TempFolder folder;
    ProtobufWriter tensor;
    tensor.varint(1, static_cast<uint64_t>(dtype));
    tensor.text(4, std::string_view(content.data(), static_cast<size_t>(content.size())));
    std::string file;
    addRecord(file, tensorEvent(3, tensor));
    std::ofstream(folder / "a.tfevents", std::ios::binary) << file;
    const auto log = readEventLog(folder / "a.tfevents");
    QCOMPARE(log.series.at(0).points.at(0).value, value);
    QCOMPARE(log.series.at(0).points.at(0).step, 3);
  }

  void halvesInNumbersAreRead() {
    const TempFolder folder;
    ProtobufWriter tensor;
    tensor.varint(1, 19);
    tensor.varint(13, 0x3e00);
    std::string file;
    addRecord(file, tensorEvent(0, tensor));
    addRecord(file, tensorEvent(1, tensor, false));  // the plugin stands with a tag's first value alone
    std::ofstream(folder / "a.tfevents", std::ios::binary) << file;
    const auto log = readEventLog(folder / "a.tfevents");
    QCOMPARE(log.series.at(0).points.size(), 2UL);
    QCOMPARE(log.series.at(0).points.at(1).value, 1.5);
  }

  void whatIsWrittenIsRead() {
    const TempFolder folder;
    TfEventsWriter writer(folder.path());
    writer.addScalar("train/loss", 1, 2.5, 1'700'000'000'250);
    writer.addScalar("train/loss", 2, std::nan(""), 1'700'000'001'000);
    writer.addScalar("loss", 2, HUGE_VAL, 1'700'000'001'000);
    const Image image{2, 1, {255, 0, 0, 0, 0, 255}};
    writer.addImage("samples", 2, image, 1'700'000'001'000);
    QCOMPARE(fs::file_size(writer.file()), 0U);
    writer.flush();
    writer.flush();  // nothing new
    const auto log = readEventLog(folder.path());
    QVERIFY(log.warnings.empty());
    compare(find(log, "train/loss")->points, {{1, 1'700'000'000.25, 2.5}, {2, 1'700'000'001, std::nan("")}});
    compare(find(log, "loss")->points, {{2, 1'700'000'001, HUGE_VAL}});
    QCOMPARE(log.pictures.size(), 1UL);
    QVERIFY(decodeImage(log.pictures[0].encoded, "picture").image == image);
  }

  void laterFilesSortBehindEarlierOnes() {
    const TempFolder folder;
    std::string before;
    for (int i = 0; i < 12; ++i) {
      const TfEventsWriter writer(folder.path());
      QVERIFY(writer.file().string() > before);
      before = writer.file().string();
    }
  }

  void aFolderThatIsGoneIsASentence() {
    const TempFolder folder;
    QVERIFY_THROWS_EXCEPTION(Error, TfEventsWriter(folder / "absent"));
    QVERIFY_THROWS_EXCEPTION(Error, readEventLog(folder.path()));
  }

  void foldersBelowAreRunsOfTheirOwn() {
    const auto folders = eventFolders(kGolden / "tensorboard");
    QCOMPARE(folders.size(), 3UL);
    QCOMPARE(folders[0].filename().string(), std::string("simple"));
  }
};

QTEST_APPLESS_MAIN(TfEventsTest)
#include "tfevents_test.moc"
