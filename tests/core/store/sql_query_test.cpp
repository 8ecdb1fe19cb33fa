// SQL of people's own: it reads, and it does nothing else.
#include "core/store/sql_query.h"

#include <fmt/format.h>

#include <QTest>

#include "core/base/control.h"
#include "core/base/error.h"
#include "tests/core/store/random_runs.h"

using namespace scanline;

class SqlQueryTest : public QObject, StoreTest {
  Q_OBJECT
 private slots:
  void init() { start(); }
  void cleanup() { end(); }

  void viewsSayWhatTheStoreSays() {
    RandomRuns random(*store_, 4);
    for (int i = 0; i < 30; ++i) random.make();
    const SqlTable runs = ask("SELECT id, name, best_loss, best_accuracy, tags, step FROM v_run ORDER BY id");
    QCOMPARE(runs.columns.size(), size_t{6});
    const auto all = store_->runs(true);
    QCOMPARE(runs.rows.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      QCOMPARE(std::get<int64_t>(runs.rows[i][0]), all[i].id.value);
      QCOMPARE(std::get<std::string>(runs.rows[i][1]), all[i].name);
      QCOMPARE(runs.rows[i][2].index() == 2, all[i].bestLoss.has_value());
      if (all[i].bestLoss) QCOMPARE(std::get<double>(runs.rows[i][2]), *all[i].bestLoss);
      QCOMPARE(runs.rows[i][4].index() == 3, !all[i].tags.empty());
      const auto series = store_->summaries(all[i].id);
      const std::string where = fmt::format(" WHERE run = {}", all[i].id.value);
      QCOMPARE(ask("SELECT * FROM v_series" + where).rows.size(), series.size());
      QCOMPARE(ask("SELECT * FROM v_probe" + where).rows.size(), store_->probes(all[i].id, -1).size());
      QCOMPARE(ask("SELECT * FROM v_log" + where).rows.size(), store_->log(all[i].id, 0).size());
      if (!series.empty())
        QCOMPARE(ask("SELECT * FROM v_point" + where + " AND series = '" + series[0].name + "'").rows.size(),
                 store_->points(all[i].id, series[0].name, -1).size());
    }
    QCOMPARE(ask("SELECT number FROM v_setting WHERE run = 1 AND key = 'model.layers'").rows.size(), size_t{1});
    QVERIFY(sqlViews(pathOf(*folder_)).size() == 9);
  }

  void nothingButReadingIsAllowed_data() {
    QTest::addColumn<QString>("sql");
    for (const char* sql : {"DELETE FROM run",
                            "UPDATE run SET name = 'x'",
                            "INSERT INTO tag VALUES (1, 'x')",
                            "DROP TABLE run",
                            "CREATE TEMP TABLE x (y)",
                            "PRAGMA query_only = OFF",
                            "PRAGMA journal_mode = DELETE",
                            "ATTACH '/tmp/scanline_sql_test.db' AS other",
                            "VACUUM INTO '/tmp/scanline_sql_test.db'",
                            "BEGIN",
                            "SELECT load_extension('x')",
                            "SELECT 1; DELETE FROM run",
                            "SELECT 1; SELECT 2",
                            "WITH x AS (SELECT 1) DELETE FROM run",
                            "EXPLAIN DELETE FROM run",
                            "",
                            "  -- nothing",
                            "SELECT",
                            "SELECT * FROM runs",
                            "SELECT nam FROM v_run",
                            "\xff\xfe",
                            "SELECT '"})
      QTest::newRow(sql) << QString::fromLatin1(sql);
  }
  void nothingButReadingIsAllowed() {
    QFETCH(QString, sql);
    const auto before = store_->dataVersion();
    QVERIFY_THROWS_EXCEPTION(Error, ask(sql.toStdString()));
    QCOMPARE(store_->dataVersion(), before);
    QCOMPARE(store_->run(run_).name, std::string("first"));
    QVERIFY(!std::filesystem::exists("/tmp/scanline_sql_test.db"));
  }

  void aWrongNameIsToldWithThoseThereAre() {
    try {
      ask("SELECT * FROM runs");
      QFAIL("asked");
    } catch (const Error& error) {
      QVERIFY2(std::string(error.what()).find("v_run, v_series") != std::string::npos, error.what());
    }
  }

  void rowsAreCutWhereAsked() {
    const std::string numbers =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n";
    QCOMPARE(askSql(pathOf(*folder_), numbers, 10).rows.size(), size_t{10});
    QVERIFY(!askSql(pathOf(*folder_), numbers, 10).isCut);
    QVERIFY(askSql(pathOf(*folder_), numbers + " -- all", 9).isCut);
    QCOMPARE(askSql(pathOf(*folder_), numbers + ";\n", 9).rows.size(), size_t{9});
  }

  void aLongQuestionCanBeStopped() {
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(
        Stopped,
        askSql(pathOf(*folder_), "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
               1, stop.get_token()));
  }

 private:
  SqlTable ask(const std::string& sql) const { return askSql(pathOf(*folder_), sql, 100000); }
};

QTEST_GUILESS_MAIN(SqlQueryTest)
#include "sql_query_test.moc"
