#include <QTest>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/jobs/picture_grid.h"
#include "experiments/cli/detach.h"
#include "experiments/cli/terminal.h"
#include "experiments/cli/text_plot.h"
#include "tests/support/temp_folder.h"

using namespace scanline;

namespace {

constexpr Terminal kPlain{.columns = 60};
constexpr Terminal kColour{.isTty = true, .unicode = true, .colour = true, .columns = 60};

Image checkers(int64_t side) {
  Image image{.width = side, .height = side, .rgb = std::vector<uint8_t>(static_cast<size_t>(3 * side * side))};
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = i / 3 % 2 ? 255 : 0;
  return image;
}

}  // namespace

class TerminalTest : public QObject {
  Q_OBJECT
 private slots:
  void aLogKeepsItsEnd() {
    const TempFolder folder;
    const auto file = folder / "worker.log";
    const auto textOf = [&] {
      std::ifstream log(file);
      return std::string((std::istreambuf_iterator<char>(log)), {});
    };
    std::ofstream(file) << "small\n";
    boundLog(file);
    QCOMPARE(textOf(), std::string("small\n"));
    std::ofstream appending(file, std::ios::app);  // a process that has it open
    for (int line = 0; line < 500'000; ++line) appending << "line " << line << '\n';
    appending.flush();
    boundLog(file);
    appending << "after\n" << std::flush;
    const std::string text = textOf();
    QVERIFY(text.size() < (2U << 20));
    QVERIFY2(text.starts_with("[worker.log grew beyond 4 MB: older lines were dropped.]\nline "),
             text.substr(0, 100).c_str());
    QVERIFY(text.ends_with("line 499998\nline 499999\nafter\n"));
  }

  void picturesTakeHalfALineAPixelInColour() {
    const QString drawn = QString::fromStdString(drawPicture(checkers(5), kColour));
    QCOMPARE(drawn.count('\n'), 3);
    QCOMPARE(drawn.count(QChar(0x2580)), 3 * 5);
    QVERIFY(drawn.startsWith("\x1b[38;2;0;0;0;48;2;255;255;255m"));
    QVERIFY(drawn.endsWith("\x1b[0m\n"));
  }

  void picturesAreAsciiElsewhere() {
    QCOMPARE(QString::fromStdString(drawPicture(checkers(3), kPlain)), "  @@\n@@  @@\n  @@\n");
    QVERIFY(drawPicture(checkers(31), kPlain).empty());  // 62 columns
  }

  void lossesAreDrawnWithinTheTerminal() {
    std::vector<Point> training, validation;
    for (int64_t step = 1; step <= 100; ++step) training.push_back({step, 1.0 + 1.0 / static_cast<double>(step)});
    training.push_back({50, std::nan("")});
    training.push_back({51, INFINITY});
    validation = {{50, 1.5}, {100, 1.2}};
    for (const Terminal& terminal :
         {kPlain, kColour, Terminal{.columns = 5}, Terminal{.unicode = true, .columns = 500}}) {
      const std::string drawn = drawLosses(training, validation, terminal);
      const QStringList lines = QString::fromStdString(drawn).split('\n', Qt::SkipEmptyParts);
      QCOMPARE(lines.size(), 1 + 12 + 1);
      QVERIFY(lines[1].contains("2.000"));
      QVERIFY(lines.last().contains("100 steps"));
      if (terminal.columns == 60 && !terminal.colour) {
        for (const QString& line : lines) QVERIFY(line.size() <= 60);
        QVERIFY(drawn.find('o') != std::string::npos);
      }
    }
  }

  void nothingToDrawIsNothing() {
    QVERIFY(drawLosses({}, {}, kPlain).empty());
    const std::vector<Point> one{{1, 2.0}}, broken{{1, std::nan("")}, {2, std::nan("")}};
    QVERIFY(drawLosses(one, {}, kPlain).empty());
    QVERIFY(drawLosses(broken, {}, kPlain).empty());
    QVERIFY(drawAccuracies({}, kPlain).empty());
  }

  void theBestLayerIsMarked() {
    const std::vector<ProbeResult> accuracies{
        {.layer = 2, .accuracy = 0.5}, {.layer = 5, .accuracy = 0.9}, {.layer = 6, .accuracy = 0.7}};
    const QStringList lines = QString::fromStdString(drawAccuracies(accuracies, kPlain)).split('\n');
    QVERIFY(lines[2].contains(" 5   90.0 %") && lines[2].endsWith("best"));
    QVERIFY(!lines[1].contains("best") && !lines[3].contains("best"));
  }

  void gridsShowOriginalGivenAndSamples() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const SampleSet set{
        .width = 2, .height = 2, .given = 2, .perPrompt = 1, .originals = {{1, 1, 1, 1}}, .samples = {{1, 1, 0, 0}}};
    const Image grid = pictureGrid(set, palette, {.scale = 3, .gap = 2});
    QCOMPARE(grid.width, 3 * 6 + 2 * 2);
    QCOMPARE(grid.height, 6);
    const auto at = [&](int64_t x, int64_t y) { return grid.rgb[static_cast<size_t>(3 * (y * grid.width + x))]; };
    QCOMPARE(at(5, 5), 255);   // original
    QCOMPARE(at(6, 0), 38);    // gap
    QCOMPARE(at(8, 2), 255);   // the given part
    QVERIFY(at(8, 3) == 38);   // the rest
    QCOMPARE(at(16, 2), 255);  // sample
    QCOMPARE(at(16 + 5, 5), 0);
  }

  void gridsOfCodesBeginWithTheTruePicture() {
    const SampleSet set{.width = 1,
                        .height = 1,
                        .given = 0,
                        .perPrompt = 1,
                        .originals = {{1}},
                        .samples = {{1}},
                        .pixelWidth = 1,
                        .pixelHeight = 1,
                        .originalPixels = {{2, 2, 2}},
                        .samplePixels = {{3, 3, 3}},
                        .truePixels = {{1, 1, 1}}};
    const Image grid = pictureGrid(set, std::nullopt, {.gap = 0});
    QCOMPARE(grid.width, 4);
    QCOMPARE((std::vector<int>{grid.rgb[0], grid.rgb[3], grid.rgb[9]}), (std::vector<int>{1, 2, 3}));
  }

  void wholeImagesFillRows() {
    const Palette palette({{-1, -1, -1}, {1, 1, 1}});
    const SampleSet set{.width = 1, .height = 1, .perPrompt = 5, .samples = {{1}, {1}, {1}, {1}, {1}}};
    const Image grid = pictureGrid(set, palette, {.gap = 0, .columns = 3});
    QCOMPARE(grid.width, 3);
    QCOMPARE(grid.height, 2);
    QCOMPARE(grid.rgb[3 * 4], 255);
    QCOMPARE(grid.rgb[3 * 5], 38);  // there is no sixth
    QCOMPARE(pictureGrid(set, palette, {.gap = 0, .columns = 3, .rows = 1}).height, 1);
  }

  void numbersReadWell() {
    QCOMPARE(durationText(0), "0 s");
    QCOMPARE(durationText(59.6), "1 min 0 s");
    QCOMPARE(durationText(3725), "1 h 2 min");
    QCOMPARE(durationText(90000), "1 d 1 h");
    QCOMPARE(durationText(NAN), "?");
    QCOMPARE(countText(9999), "9999");
    QCOMPARE(countText(203'712), "204 k");
    QCOMPARE(countText(999'999), "999 k");
    QCOMPARE(countText(76'571'648), "76.6 M");
    QCOMPARE(timeText(0), "-");
  }
};

QTEST_APPLESS_MAIN(TerminalTest)
#include "terminal_test.moc"
