// Drawings that people keep with a run.
#include <SQLiteCpp/SQLiteCpp.h>

#include <QTest>

#include "core/base/error.h"
#include "core/store/sql_query.h"
#include "tests/core/store/store_support.h"

using namespace scanline;

class PinsTest : public QObject, private StoreTest {
  Q_OBJECT

  PinnedDrawing drawing(Token token = 3) const {
    PinnedDrawing d{.run = run_,
                    .step = 600,
                    .checkpoint = "checkpoints/step-600.safetensors",
                    .identity = "f00d",
                    .across = 3,
                    .down = 2,
                    .candidate = 2,
                    .drawn = {0, 1, 2, token, 4, 300},
                    .nats = 1.25,
                    .madeWith = {{"Scanline", "0.1.0"}, {"instruction set", "amx_bf16"}, {"flags", "a=b"}},
                    .note = "the dog's ear",
                    .createdMs = 1'795'474'736'195};
    d.request = {.picture = {0, 1, 2, 0, 0, 0},
                 .paint = {0, 0, 0, 1, 1, 1},
                 .candidates = 4,
                 .pictureIndex = 7,
                 .temperature = 0.9,
                 .topK = 40,
                 .topP = 0.95,
                 .seed = 0xfedcba9876543210,
                 .conditioned = true,
                 .particles = 64,
                 .passes = 3,
                 .bf16Cache = true,
                 .threads = 2};
    return d;
  }

  static void compare(const PinnedDrawing& a, const PinnedDrawing& b) {
    QCOMPARE(a.run, b.run);
    QCOMPARE(a.step, b.step);
    QCOMPARE(a.checkpoint, b.checkpoint);
    QCOMPARE(a.identity, b.identity);
    QCOMPARE(a.across, b.across);
    QCOMPARE(a.down, b.down);
    QCOMPARE(a.request.picture, b.request.picture);
    QCOMPARE(a.request.paint, b.request.paint);
    QCOMPARE(a.request.candidates, b.request.candidates);
    QCOMPARE(a.request.pictureIndex, b.request.pictureIndex);
    QCOMPARE(a.request.temperature, b.request.temperature);
    QCOMPARE(a.request.topK, b.request.topK);
    QCOMPARE(a.request.topP, b.request.topP);
    QCOMPARE(a.request.seed, b.request.seed);
    QCOMPARE(a.request.conditioned, b.request.conditioned);
    QCOMPARE(a.request.particles, b.request.particles);
    QCOMPARE(a.request.passes, b.request.passes);
    QCOMPARE(a.request.bf16Cache, b.request.bf16Cache);
    QCOMPARE(a.request.threads, b.request.threads);
    QCOMPARE(a.candidate, b.candidate);
    QCOMPARE(a.drawn, b.drawn);
    QCOMPARE(a.nats, b.nats);
    QCOMPARE(a.madeWith, b.madeWith);
    QCOMPARE(a.pixelsAcross, b.pixelsAcross);
    QCOMPARE(a.pixelsDown, b.pixelsDown);
    QCOMPARE(a.pixels, b.pixels);
    QCOMPARE(a.note, b.note);
    QCOMPARE(a.createdMs, b.createdMs);
  }
  void damage(const char* sql) {
    SQLite::Database database((pathOf(*folder_) / "scanline.db").string(), SQLite::OPEN_READWRITE);
    database.exec(sql);
  }

 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void allOfADrawingComesBack() {
    const PinId id = store_->pin(drawing());
    QVERIFY(id.value > 0);
    store_ = std::make_unique<RunStore>(pathOf(*folder_), StoreMode::ReadWrite);
    const auto pins = store_->pins(run_);
    QCOMPARE(pins.size(), size_t{1});
    QCOMPARE(pins[0].id, id);
    compare(pins[0], drawing());
    compare(*store_->pinned(id), drawing());

    PinnedDrawing codes = drawing(1);
    codes.drawn[5] = 5;  // one byte a token
    codes.pixelsAcross = 2;
    codes.pixelsDown = 1;
    codes.pixels = {1, 2, 3, 0, 5, 255};
    codes.nats = std::nan("");  // not measured
    codes.note = "";
    const auto back = *store_->pinned(store_->pin(codes));
    QVERIFY(std::isnan(back.nats));
    QCOMPARE(back.pixels, codes.pixels);
    QCOMPARE(back.drawn, codes.drawn);
  }

  void unpinningIsUndoneUnderTheSameNumber() {
    const PinId first = store_->pin(drawing(1)), second = store_->pin(drawing(2));
    const auto kept = *store_->pinned(first);
    store_->unpin(first);
    QVERIFY(!store_->pinned(first));
    QVERIFY(store_->pin(drawing(9)).value > second.value);
    store_->unpin(first);  // nothing happens
    QCOMPARE(store_->pin(kept), first);
    QCOMPARE(store_->pin(kept), first);  // nor here
    std::vector<Token> order;
    for (const auto& pin : store_->pins(run_)) order.push_back(pin.drawn[3]);
    QCOMPARE(order, (std::vector<Token>{1, 2, 9}));

    const PinId last = store_->pins(run_).back().id;
    store_->unpin(last);
    QVERIFY(store_->pin(drawing()).value > last.value);  // a number is never given to another drawing
  }

  void viewsSeeThatTheRunChanged() {
    const auto before = store_->version(run_);
    const PinId id = store_->pin(drawing());
    const auto pinned = store_->version(run_);
    QVERIFY(pinned > before);
    store_->unpin(id);
    QVERIFY(store_->version(run_) > pinned);
  }

  void ofManyTheNewestAreRead() {
    for (Token token = 0; token < 5; ++token) store_->pin(drawing(token));
    const auto pins = store_->pins(run_, 2);
    QCOMPARE(pins.size(), size_t{2});
    QCOMPARE(pins[0].drawn[3], Token{3});
    QCOMPARE(pins[1].drawn[3], Token{4});
    QCOMPARE(store_->pins(run_, 0).size(), size_t{0});
  }

  void theyGoWithTheirRunAndStayWithItsOthers() {
    const RunId other = store_->create(specText("second"));
    PinnedDrawing theirs = drawing(1);
    theirs.run = other;
    const PinId kept = store_->pin(theirs);
    for (Token token = 0; token < 100; ++token) store_->pin(drawing(token));
    store_->truncateAfter(run_, 10);  // the checkpoint goes, its drawings stay
    QCOMPARE(store_->pins(run_).size(), size_t{100});
    store_->purge(run_);
    QCOMPARE(store_->pins(run_).size(), size_t{0});
    QVERIFY(store_->pinned(kept));
    QVERIFY_THROWS_EXCEPTION(Error, store_->pin(drawing()));
    SQLite::Database database((pathOf(*folder_) / "scanline.db").string());
    QCOMPARE(database.execAndGet("SELECT count(*) FROM pin").getInt(), 1);
  }

  void unsoundDrawingsAreRefused_data() {
    QTest::addColumn<int>("fault");
    for (int fault = 0; fault < 16; ++fault) QTest::addRow("%d", fault) << fault;
  }
  void unsoundDrawingsAreRefused() {
    QFETCH(const int, fault);
    PinnedDrawing d = drawing();
    switch (fault) {
      case 0:
        d.across = 0;
        break;
      case 1:
        d.across = INT64_MAX;
        break;
      case 2:
        d.down = 3;
        break;
      case 3:
        d.drawn.pop_back();
        break;
      case 4:
        d.request.paint.push_back(1);
        break;
      case 5:
        d.request.paint.assign(6, 0);
        break;
      case 6:
        d.request.paint[4] = 2;
        break;
      case 7:
        d.candidate = 4;
        break;
      case 8:
        d.candidate = -1;
        break;
      case 9:
        d.request.temperature = std::nan("");
        break;
      case 10:
        d.request.topP = 0;
        break;
      case 11:
        d.pixels = {1};
        break;
      case 12:
        d.pixelsAcross = 1 << 30, d.pixelsDown = 1 << 30;
        break;
      case 13:
        d.request.picture.clear();
        break;
      case 14:
        d.request.temperature = HUGE_VAL;
        break;
      case 15:
        d.request.particles = 0;
        break;
      default:
        QFAIL("no such fault");
    }
    QVERIFY(problemOf(drawing()).empty());
    QVERIFY(!problemOf(d).empty());
    QVERIFY_THROWS_EXCEPTION(Error, store_->pin(d));
    QCOMPARE(store_->pins(run_).size(), size_t{0});
  }

  void whatIsStoredIsNotTrusted_data() {
    QTest::addColumn<QByteArray>("sql");
    QTest::newRow("sizes that multiply to the same") << QByteArray("UPDATE pin SET width = 0, height = 0");
    QTest::newRow("sizes that overflow") << QByteArray(
        "UPDATE pin SET width = 4611686018427387904, height = 4611686018427387904");
    QTest::newRow("a cut picture") << QByteArray("UPDATE pin SET picture = x'00'");
    QTest::newRow("a huge picture") << QByteArray("UPDATE pin SET picture = zeroblob(50000000)");
    QTest::newRow("huge pixels") << QByteArray(
        "UPDATE pin SET pixels = zeroblob(100000000), pixel_width = 10000, pixel_height = 3333");
    QTest::newRow("a cut mask") << QByteArray("UPDATE pin SET mask = x'0101'");
    QTest::newRow("no mask") << QByteArray("UPDATE pin SET mask = x'000000000000'");
    QTest::newRow("a text for tokens") << QByteArray("UPDATE pin SET drawn = 'dog'");
    QTest::newRow("no such candidate") << QByteArray("UPDATE pin SET candidate = 4");
    QTest::newRow("a negative temperature") << QByteArray("UPDATE pin SET temperature = -1");
  }
  void whatIsStoredIsNotTrusted() {
    QFETCH(const QByteArray, sql);
    const PinId id = store_->pin(drawing());
    damage(sql.constData());
    QVERIFY_THROWS_EXCEPTION(Error, store_->pins(run_));
    QVERIFY_THROWS_EXCEPTION(Error, store_->pinned(id));
    const auto faults = store_->verify();
    QCOMPARE(faults.size(), size_t{1});
    QVERIFY2(faults[0].find("pinned drawing") != std::string::npos && faults[0].find("first") != std::string::npos,
             faults[0].c_str());
    QCOMPARE(store_->repair().size(), size_t{1});
    QCOMPARE(store_->pins(run_).size(), size_t{0});
  }

  void aViewShowsThem() {
    store_->pin(drawing());
    const auto table = askSql(pathOf(*folder_), "SELECT step, nats, note, created FROM v_pin", 10);
    QCOMPARE(table.rows.size(), size_t{1});
    QCOMPARE(std::get<int64_t>(table.rows[0][0]), 600);
    QCOMPARE(std::get<double>(table.rows[0][1]), 1.25);
    QCOMPARE(std::get<std::string>(table.rows[0][2]), std::string("the dog's ear"));
    QCOMPARE(std::get<std::string>(table.rows[0][3]).size(), std::string("2026-11-23 22:58:56").size());
  }
};

QTEST_GUILESS_MAIN(PinsTest)
#include "pins_test.moc"
