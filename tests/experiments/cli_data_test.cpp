// scanline-cli data, looked at from outside.
#include <QTest>
#include <filesystem>

#include "core/base/atomic_file.h"
#include "core/foreign/token_folder.h"
#include "core/formats/npy.h"
#include "tests/experiments/cli_program.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

const fs::path kGolden = SCANLINE_GOLDEN;

QString text(const fs::path& path) {
  return QString::fromStdString(path.string());
}

}  // namespace

class CliDataTest : public QObject {
  Q_OBJECT

  TempFolder home_;

 private slots:
  void initTestCase() {
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString((home_ / "data").string()));
    qputenv("XDG_CACHE_HOME", QByteArray::fromStdString((home_ / "cache").string()));
  }

  void listNamesEverySetAndWhereItIs() {
    const CliResult plain = runCli({"data", "list"});
    QCOMPARE(plain.code, 0);
    for (const char* name :
         {"digits", "cifar10", "cifar100", "stl10", "mnist", "fashion-mnist", "imagenet", "images", "npy", "tokens"})
      QVERIFY2(plain.out.find(std::string("\n") + name + " ") != std::string::npos, name);
    const auto json = runCli({"data", "list", "--json"}).json();
    QCOMPARE(json[1]["name"].get<std::string>(), std::string("cifar10"));
    QVERIFY(json[1]["fetched"].is_null());
    QCOMPARE(json[1]["fetch"][0]["files"][0]["bytes"].get<int64_t>(), int64_t{170052171});
  }

  void infoShowsSplitsClassesAndColours() {
    const auto json = runCli({"data", "info", "digits", "--json"}).json();
    QCOMPARE(json["trainImages"].get<int>(), 1617);
    QCOMPARE(json["validationImages"].get<int>(), 180);
    QCOMPARE(json["side"].get<int>(), 8);
    QCOMPARE(json["paletteSize"].get<int>(), 17);  // all greys there are
    QCOMPARE(json["coloursUsed"].get<int>(), 17);
    QCOMPARE(json["quantisationError"].get<double>(), 0.0);
    int images = 0;
    for (const auto& each : json["classes"]) images += each["trainImages"].get<int>();
    QCOMPARE(images, 1617);
    const auto fewer = runCli({"data", "info", "digits", "--set", "palette.size=2", "--json"}).json();
    QVERIFY(fewer["quantisationError"].get<double>() > 10);
    const CliResult plain = runCli({"data", "info", "digits"});
    QVERIFY(plain.out.find("1617 training, 180 validation and 0 test images") != std::string::npos);
  }

  void tokenizeWritesTheReleasedLayout() {
    const TempFolder folder;
    const QStringList arguments{"data",
                                "tokenize",
                                "cifar10",
                                "--set",
                                "data.path=" + text(kGolden / "datasets"),
                                "--set",
                                "palette.size=16",
                                "--to",
                                text(folder.path())};
    const CliResult result = runCli(arguments);
    QVERIFY2(result.code == 0, result.err.c_str());
    const TokenDataset data = readTokenDataset(folder / "cifar10", {});
    QCOMPARE(data.train.count, 90);
    QCOMPARE(data.validation.count, 10);
    QCOMPARE(data.test.count, 20);
    QCOMPARE(data.palette.size(), 16);
    QCOMPARE(readNpy(folder / "cifar10_trX.npy").describe(), std::string("int32 [90, 1024]"));
    QCOMPARE(readNpy(folder / "cifar10_trY.npy").describe(), std::string("float32 [90, 10]"));

    // It goes on with the missing part, and makes that the same again.
    const std::string before = readFile(folder / "cifar10_vaX.npy", 1 << 20);
    fs::remove(folder / "cifar10_vaX.npy");
    const auto kept = fs::last_write_time(folder / "cifar10_trX.npy");
    QCOMPARE(runCli(arguments).code, 0);
    QVERIFY(readFile(folder / "cifar10_vaX.npy", 1 << 20) == before);
    QVERIFY(fs::last_write_time(folder / "cifar10_trX.npy") == kept);
    const CliResult other = runCli(QStringList(arguments) << "--set"
                                                          << "data.limit=50");
    QCOMPARE(other.code, 1);
    QVERIFY(other.err.find("other settings") != std::string::npos);

    const auto info = runCli({"data", "info", "tokens", "--set", "data.path=" + text(folder.path()), "--json"}).json();
    QCOMPARE(info["trainImages"].get<int>(), 90);
    QVERIFY(info["quantisationError"].is_null());
  }

  void fetchSaysWhatIsWrongWithAMirror() {
    const HttpServer server([](const auto&) { return HttpServer::Answer{.body = std::string(1000, 'x')}; });
    const CliResult wrong = runCli({"data", "fetch", "mnist", "--mirror", QString::fromStdString(server.url("/m"))});
    QCOMPARE(wrong.code, 1);
    QVERIFY2(wrong.err.find("/m/train-images-idx3-ubyte.gz") != std::string::npos, wrong.err.c_str());
    const CliResult imagenet = runCli({"data", "fetch", "imagenet"});
    QCOMPARE(imagenet.code, 1);
    QVERIFY(imagenet.err.find("https://image-net.org") != std::string::npos);
    QCOMPARE(runCli({"data", "fetch", "mnits"}).code, 2);
    QCOMPARE(runCli({"data"}).code, 2);
  }

  /// The released token files have no checksums, so a server of our own can stand for OpenAI's.
  void whatWasFetchedIsFoundWithoutAPath() {
    const HttpServer server([](const HttpServer::Request& request) {
      const fs::path name = fs::path(request.path).filename();
      const fs::path file = name == "kmeans_centers.npy" ? kGolden / name : kGolden / "tokenized/openai_layout" / name;
      return HttpServer::whole(readFile(file, 1 << 20), request);
    });
    const CliResult result =
        runCli({"data", "fetch", "cifar10-tokens", "--mirror", QString::fromStdString(server.url())});
    QVERIFY2(result.code == 0, result.err.c_str());
    const std::string place = home_ / "data/scanline/data/tokens/cifar10";
    QVERIFY2(result.out.find("--set data.name=tokens --set data.path=" + place) != std::string::npos,
             result.out.c_str());
    const auto json = runCli({"data", "info", "tokens", "--json"}).json();
    QCOMPARE(json["trainImages"].get<int>(), 32);
    QCOMPARE(json["testImages"].get<int>(), 8);
    QCOMPARE(json["paletteSize"].get<int>(), 512);
    QVERIFY(!runCli({"data", "list", "--json"}).json().back()["fetched"].is_null());
  }
};

QTEST_GUILESS_MAIN(CliDataTest)
#include "cli_data_test.moc"
