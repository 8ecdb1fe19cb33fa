#include "app/data_fetcher.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "core/data/dataset.h"
#include "tests/support/http_server.h"

using namespace scanline;

class DataFetcherTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { qputenv("XDG_DATA_HOME", home_.path().toUtf8()); }

  void filesComeWithTheirProgress() {
    const HttpServer server([](const HttpServer::Request& request) {
      const bool isPalette = request.path.ends_with("kmeans_centers.npy");
      return HttpServer::whole(std::string(isPalette ? 6272 : 3000, 'x'), request);
    });
    DataFetcher fetcher(nullptr);
    fetcher.setMirror(QString::fromStdString(server.url()));
    QSignalSpy progress(&fetcher, &DataFetcher::progressed), ended(&fetcher, &DataFetcher::ended);
    fetcher.fetch("cifar10-tokens");
    QVERIFY(fetcher.isFetching());
    fetcher.fetch("mnist");  // one at a time
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 20000);
    QCOMPARE(ended.first().at(0).toString(), QString("cifar10-tokens"));
    QCOMPARE(ended.first().at(1).toString(), QString());
    QVERIFY(!fetcher.isFetching());
    QVERIFY(progress.count() > 1);
    QVERIFY(std::filesystem::exists(fetchedFolder("tokens") / "kmeans_centers.npy"));
  }

  void whatIsWrongIsASentence() {
    const HttpServer server([](const auto&) { return HttpServer::Answer{.status = 404}; });
    DataFetcher fetcher(nullptr);
    fetcher.setMirror(QString::fromStdString(server.url()));
    QSignalSpy ended(&fetcher, &DataFetcher::ended);
    fetcher.fetch("cifar10");
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 20000);
    QVERIFY(!ended.first().at(1).toString().isEmpty());
    QVERIFY(!std::filesystem::exists(fetchedFolder("cifar10") / "cifar-10-batches-bin"));
  }

  /// A cancel ends it without a complaint, and the next fetching begins.
  void aCancelIsNoProblem() {
    std::atomic<bool> goOn = false;
    const HttpServer server([&](const auto& request) {
      while (!goOn) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return HttpServer::whole(std::string(3000, 'x'), request);
    });
    DataFetcher fetcher(nullptr);
    fetcher.setMirror(QString::fromStdString(server.url()));
    QSignalSpy ended(&fetcher, &DataFetcher::ended);
    fetcher.fetch("mnist");
    fetcher.cancel();
    goOn = true;
    QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 20000);
    QCOMPARE(ended.first().at(1).toString(), QString());
    QVERIFY(!fetcher.isFetching());
  }

 private:
  QTemporaryDir home_;
};

QTEST_GUILESS_MAIN(DataFetcherTest)
#include "data_fetcher_test.moc"
