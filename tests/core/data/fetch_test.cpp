// Downloads from a real server on the loopback address, sound and otherwise, and archives that try to get out.
#include "core/data/fetch.h"

#include <archive.h>
#include <archive_entry.h>

#include <QTest>
#include <set>

#include "core/base/atomic_file.h"
#include "core/base/digest.h"
#include "core/data/dataset.h"
#include "core/data/unpack.h"
#include "tests/support/http_server.h"
#include "tests/support/sentence_of.h"
#include "tests/support/temp_folder.h"

using namespace scanline;
namespace fs = std::filesystem;

namespace {

/// Does not repeat, so that no part can pass for another.
std::string contentOf(size_t bytes) {
  std::string content;
  for (uint32_t i = 0; content.size() < bytes; ++i) content += std::to_string(i * 2654435761U) + "\n";
  content.resize(bytes);
  return content;
}

std::string sha256(const std::string& text) {
  Digest digest("sha256");
  digest.add(text);
  return "sha256:" + digest.hex();
}

std::string bytesOf(const fs::path& file) {
  return readFile(file, 1 << 26);
}

struct Entry {
  std::string path;
  std::string content = "x";
  std::string symlink = {}, hardlink = {};
  int type = AE_IFREG;
};

void writeArchive(const fs::path& file, const std::vector<Entry>& entries) {
  archive* out = archive_write_new();
  archive_write_add_filter_gzip(out);
  archive_write_set_format_pax_restricted(out);
  archive_write_open_filename(out, file.c_str());
  for (const Entry& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.path.c_str());
    archive_entry_set_filetype(entry, static_cast<unsigned>(each.type));
    archive_entry_set_perm(entry, 0644);
    if (!each.symlink.empty()) archive_entry_set_symlink(entry, each.symlink.c_str());
    if (!each.hardlink.empty()) archive_entry_set_hardlink(entry, each.hardlink.c_str());
    const bool plain = each.type == AE_IFREG && each.hardlink.empty();
    archive_entry_set_size(entry, plain ? std::ssize(each.content) : 0);
    archive_write_header(out, entry);
    if (plain) archive_write_data(out, each.content.data(), each.content.size());
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
}

/// Everything below a folder.
std::set<std::string> namesIn(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory()) names.insert(entry.path().lexically_relative(folder).string());
  return names;
}

constexpr int64_t kPlenty = 1 << 24;

}  // namespace

class FetchTest : public QObject {
  Q_OBJECT

  const std::string content_ = contentOf(300'000);

  Download fileAt(const std::string& url) const { return {url, std::ssize(content_), sha256(content_)}; }

 private slots:
  void aFileComesWholeAndChecked() {
    const HttpServer server([&](const auto& request) { return HttpServer::whole(content_, request); });
    const TempFolder folder;
    int64_t last = 0;
    const Control control({.report = [&](int64_t done, int64_t total) {
      last = done;
      if (total != 300'000) throw Stopped();
    }});
    download(fileAt(server.url("/a.bin")), folder / "sub/a.bin", control);
    QVERIFY(bytesOf(folder / "sub/a.bin") == content_);
    QCOMPARE(last, 300'000);
    QVERIFY(!fs::exists(folder / "sub/a.bin.part"));
    QCOMPARE(server.requests().size(), size_t{1});
    QCOMPARE(server.requests()[0].path, std::string("/a.bin"));
  }

  void aPartIsGoneOnWith() {
    const HttpServer server([&](const auto& request) { return HttpServer::whole(content_, request); });
    const TempFolder folder;
    writeFileAtomically(folder / "a.bin.part", content_.substr(0, 123'456));
    download(fileAt(server.url()), folder / "a.bin", {});
    QVERIFY(bytesOf(folder / "a.bin") == content_);
    QCOMPARE(server.requests().size(), size_t{1});
    QCOMPARE(server.requests()[0].from, 123'456);
  }

  void aServerThatKnowsNoRangesSendsItAllAgain() {
    const HttpServer server([&](const auto&) { return HttpServer::Answer{.body = content_}; });
    const TempFolder folder;
    writeFileAtomically(folder / "a.bin.part", std::string(1000, '?'));
    download(fileAt(server.url()), folder / "a.bin", {});
    QVERIFY(bytesOf(folder / "a.bin") == content_);
  }

  /// The connection breaks every 70,000 bytes.
  void aServerThatCutsOffIsAskedForTheRest() {
    const HttpServer server([&](const auto& request) {
      HttpServer::Answer answer = HttpServer::whole(content_, request);
      answer.declared = std::ssize(answer.body);
      answer.body.resize(std::min<size_t>(answer.body.size(), 70'000));
      return answer;
    });
    const TempFolder folder;
    download(fileAt(server.url()), folder / "a.bin", {});
    QVERIFY(bytesOf(folder / "a.bin") == content_);
    QCOMPARE(server.requests().size(), size_t{5});
  }

  void withoutProgressItGivesUpAndKeepsThePart() {
    const HttpServer server([&](const auto& request) {
      HttpServer::Answer answer = HttpServer::whole(content_, request);
      answer.declared = std::ssize(answer.body);
      answer.body = request.ranged ? "" : answer.body.substr(0, 1000);
      return answer;
    });
    const TempFolder folder;
    const std::string message = sentenceOf([&] { download(fileAt(server.url()), folder / "a.bin", {}); });
    QVERIFY2(has(message, server.url()) && has(message, "1000 bytes of it lie in"), message.c_str());
    QVERIFY(bytesOf(folder / "a.bin.part") == content_.substr(0, 1000));
    QVERIFY(!fs::exists(folder / "a.bin"));
  }

  void anotherPartThanAskedForIsRefused() {
    const HttpServer server([&](const auto& request) {
      HttpServer::Answer answer = HttpServer::whole(content_, request);
      answer.more = "Content-Range: bytes 5-299999/300000\r\n";
      return answer;
    });
    const TempFolder folder;
    writeFileAtomically(folder / "a.bin.part", content_.substr(0, 1000));
    Download what = fileAt(server.url());
    what.checksum = {};  // nothing else would notice
    QVERIFY(has(sentenceOf([&] { download(what, folder / "a.bin", {}); }), "another part"));
    QVERIFY(!fs::exists(folder / "a.bin"));
  }

  void anotherFileIsRefusedAndRemoved_data() {
    QTest::addColumn<int>("change");
    QTest::newRow("another byte") << 0;
    QTest::newRow("longer") << 1;
    QTest::newRow("endless") << 2;
  }
  void anotherFileIsRefusedAndRemoved() {
    QFETCH(int, change);
    std::string other = content_;
    if (change == 0) other[777] ^= 1;
    if (change > 0) other += std::string(change == 1 ? 1 : 5'000'000, 'x');
    const HttpServer server(
        [&](const auto&) { return HttpServer::Answer{.body = other, .declared = change == 2 ? -2 : -1}; });
    const TempFolder folder;
    const std::string message = sentenceOf([&] { download(fileAt(server.url()), folder / "a.bin", {}); });
    QVERIFY2(has(message, server.url()), message.c_str());
    QVERIFY(!fs::exists(folder / "a.bin"));
    QVERIFY(!fs::exists(folder / "a.bin.part") || fs::file_size(folder / "a.bin.part") == 0);
  }

  void aFileOfUnknownSizeEndsWithTheAnswer() {
    const HttpServer server([&](const auto& request) { return HttpServer::whole(content_, request); });
    const TempFolder folder;
    download({server.url(), 0, ""}, folder / "a.bin", {});
    QVERIFY(bytesOf(folder / "a.bin") == content_);
    writeFileAtomically(folder / "b.bin.part",
                        content_);  // whole, but nobody renamed it: the server has nothing behind it
    download({server.url(), 0, ""}, folder / "b.bin", {});
    QVERIFY(bytesOf(folder / "b.bin") == content_);
  }

  void errorsOfTheServerAreSaid() {
    const HttpServer server([&](const auto&) { return HttpServer::Answer{.status = 404, .body = "<html>"}; });
    const TempFolder folder;
    const std::string message = sentenceOf([&] { download(fileAt(server.url("/gone")), folder / "a.bin", {}); });
    QVERIFY2(has(message, "404") && has(message, "/gone"), message.c_str());
    QCOMPARE(server.requests().size(), size_t{1});  // asking again would not help
    QVERIFY(!fs::exists(folder / "a.bin"));
  }

  void withoutANetworkItSaysWhatToDo() {
    const TempFolder folder;
    const std::string message = sentenceOf([&] { download(fileAt("http://127.0.0.1:1/a.bin"), folder / "a.bin", {}); });
    QVERIFY2(has(message, "Without a network") && has(message, folder.path().string()), message.c_str());
    QVERIFY(!sentenceOf([&] { download(fileAt("file:///etc/hostname"), folder / "b.bin", {}); }).empty());
  }

  void redirectionsLeadNowhereElse() {
    const HttpServer server(
        [&](const auto&) { return HttpServer::Answer{.status = 302, .more = "Location: file:///etc/hostname\r\n"}; });
    const TempFolder folder;
    QVERIFY(!sentenceOf([&] { download({server.url(), 0, ""}, folder / "a.bin", {}); }).empty());
    QVERIFY(!fs::exists(folder / "a.bin"));
  }

  void plainHttpIsRefused() {
    const TempFolder folder;
    for (const char* url : {"http://192.0.2.1/a.bin", "http://127.0.0.1.example.com/a.bin", "ftp://127.0.0.1/a.bin"}) {
      const std::string message = sentenceOf([&] { download(fileAt(url), folder / "a.bin", {}); });
      QVERIFY2(message.starts_with(url) && has(message, "https"), message.c_str());
    }
  }

  void redirectionsLeadToEncryptedAddressesAlone() {
    std::string next = "http://192.0.2.1/a.bin";
    const HttpServer server([&](const auto& request) {
      if (request.path == "/there") return HttpServer::whole(content_, request);
      return HttpServer::Answer{.status = 302, .body = "moved", .more = "Location: " + next + "\r\n"};
    });
    const TempFolder folder;
    const std::string message = sentenceOf([&] { download(fileAt(server.url()), folder / "a.bin", {}); });
    QVERIFY2(message.starts_with(next), message.c_str());
    next = "/there";  // on this machine itself
    download(fileAt(server.url()), folder / "a.bin", {});
    QVERIFY(bytesOf(folder / "a.bin") == content_);
    next = "/";
    QVERIFY(has(sentenceOf([&] { download(fileAt(server.url()), folder / "b.bin", {}); }), "one address to the next"));
  }

  void bothChecksumsAreChecked() {
    const HttpServer server([&](const auto& request) { return HttpServer::whole(content_, request); });
    const TempFolder folder;
    Download what = fileAt(server.url());
    what.md5 = "md5:" + std::string(32, '0');
    QVERIFY(has(sentenceOf([&] { download(what, folder / "a.bin", {}); }), what.md5));
    QVERIFY(!fs::exists(folder / "a.bin"));
  }

  void aStopIsHeardAndThePartKept() {
    const HttpServer server([&](const auto& request) { return HttpServer::whole(content_, request); });
    const TempFolder folder;
    const Control stop({.report = [](int64_t done, int64_t) {
      if (done > 0) throw Stopped();
    }});
    QVERIFY_THROWS_EXCEPTION(Stopped, download(fileAt(server.url()), folder / "a.bin", stop));
    QVERIFY(fs::exists(folder / "a.bin.part"));
  }

  void archivesComeOutAsTheyWere() {
    const TempFolder folder;
    writeArchive(folder / "a.tar.gz",
                 {{.path = "set/", .type = AE_IFDIR}, {"set/one.bin", content_}, {"./set/deep/two.txt", "two"}});
    fs::create_directories(folder / "out/set");
    writeFileAtomically(folder / "out/set/one.bin", "old");
    unpackArchive(folder / "a.tar.gz", folder / "out", kPlenty, {});
    QCOMPARE(namesIn(folder / "out"), (std::set<std::string>{"set/one.bin", "set/deep/two.txt"}));
    QVERIFY(bytesOf(folder / "out/set/one.bin") == content_);
  }

  void archivesThatWouldGetOutAreRefused_data() {
    QTest::addColumn<int>("kind");
    int kind = 0;
    for (const char* name :
         {"up", "deep up", "absolute", "symbolic link", "link to a folder", "hard link", "fifo", "twice", "too much"})
      QTest::newRow(name) << kind++;
  }
  void archivesThatWouldGetOutAreRefused() {
    QFETCH(int, kind);
    const TempFolder folder;
    const std::string away = folder / "PWNED";
    const std::vector<std::vector<Entry>> bad{{{"../PWNED"}},
                                              {{"a/../../PWNED"}},
                                              {{away}},
                                              {{.path = "link", .symlink = away, .type = AE_IFLNK}, {"link"}},
                                              {{.path = "link", .symlink = "..", .type = AE_IFLNK}, {"link/PWNED"}},
                                              {{.path = "link", .hardlink = "/etc/hostname"}},
                                              {{.path = "pipe", .type = AE_IFIFO}},
                                              {{"a"}, {"a"}},
                                              {{"a", std::string(2000, 'a')}}};
    std::vector<Entry> entries{{"good.txt", "good"}};
    std::ranges::copy(bad.at(static_cast<size_t>(kind)), std::back_inserter(entries));
    writeArchive(folder / "a.tar.gz", entries);
    const std::string message = sentenceOf([&] { unpackArchive(folder / "a.tar.gz", folder / "out", 1000, {}); });
    QVERIFY2(message.starts_with((folder / "a.tar.gz").string()), message.c_str());
    QVERIFY(!fs::exists(away));
    QVERIFY(fs::is_empty(folder / "out"));  // not even the good files
  }

  void damagedArchivesAreRefused() {
    const TempFolder folder;
    writeArchive(folder / "a.tar.gz", {{"a.bin", content_}});
    const std::string bytes = bytesOf(folder / "a.tar.gz");
    writeFileAtomically(folder / "a.tar.gz", bytes.substr(0, bytes.size() / 2));
    QVERIFY(sentenceOf([&] {
              unpackArchive(folder / "a.tar.gz", folder / "out", kPlenty, {});
            }).starts_with((folder / "a.tar.gz").string()));
    writeFileAtomically(folder / "a.tar.gz", "<html>");
    QVERIFY(sentenceOf([&] {
              unpackArchive(folder / "a.tar.gz", folder / "out", kPlenty, {});
            }).starts_with((folder / "a.tar.gz").string()));
    QVERIFY(fs::is_empty(folder / "out"));
  }

  void aDataSetIsFetchedOnce() {
    const TempFolder folder;
    writeArchive(folder / "set.tar.gz", {{"set/one.bin", "one"}});
    const std::string packed = bytesOf(folder / "set.tar.gz");
    const HttpServer server([&](const auto& request) {
      return HttpServer::whole(request.path == "/set.tar.gz" ? packed : content_, request);
    });
    FetchPlan plan{.name = "set",
                   .dataset = "cifar10",
                   .files = {{"https://example.invalid/x/set.tar.gz", std::ssize(packed), sha256(packed)},
                             {"https://example.invalid/y/labels.gz", std::ssize(content_), sha256(content_)}},
                   .pathSuffix = "set",
                   .unpackedBytes = 1000};
    std::vector<std::string> doing;
    const auto fetch = [&] {
      return fetchDataset(plan, folder / "data", server.url(), [&](const std::string& what) { doing.push_back(what); },
                          {});
    };
    QCOMPARE(fetch(), folder / "data/set");
    QCOMPARE(doing, (std::vector<std::string>{"Fetching set.tar.gz", "Unpacking set.tar.gz", "Fetching labels.gz"}));
    QCOMPARE(bytesOf(folder / "data/set/one.bin"), std::string("one"));
    QVERIFY(!fs::exists(folder / "data/set.tar.gz"));
    fetch();
    QCOMPARE(server.requests().size(), size_t{2});
    writeFileAtomically(folder / "data/labels.gz", "damaged");
    fetch();
    QCOMPARE(server.requests().size(), size_t{3});
    QVERIFY(fs::exists(folder / "data/.set.tar.gz.unpacked"));
    plan.files[0].md5 = "md5:00";
    writeFileAtomically(folder / "data/.set.tar.gz.unpacked", "md5:00");  // by an earlier version
    fetch();
    QCOMPARE(server.requests().size(), size_t{3});
    QVERIFY(bytesOf(folder / "data/labels.gz") == content_);
  }

  void everyPlanIsComplete() {
    std::set<std::string_view> names;
    for (const FetchPlan& plan : fetchPlans()) {
      QVERIFY(names.insert(plan.name).second);
      QVERIFY(
          std::ranges::any_of(datasetRegistry(), [&](const DatasetInfo& info) { return info.name == plan.dataset; }));
      QVERIFY(!plan.files.empty() || !plan.note.empty());
      for (const Download& file : plan.files) {
        QVERIFY(file.url.starts_with("https://"));
        QVERIFY(!file.checksum.empty() || !plan.note.empty());  // that there is none is said
        QVERIFY(file.checksum.empty() || file.checksum.starts_with("sha256:"));
        QVERIFY(!file.url.ends_with(".tar.gz") || plan.unpackedBytes > 0);
        if (!file.md5.empty()) QCOMPARE(file.md5.size(), size_t{4 + 32});
        if (file.checksum.starts_with("sha256:")) QCOMPARE(file.checksum.size(), size_t{7 + 64});
      }
    }
    QVERIFY(has(sentenceOf([] { fetchPlan("nothing"); }), "cifar10"));
    QVERIFY(has(sentenceOf([] { fetchDataset(fetchPlan("imagenet"), "/nowhere", {}, {}, {}); }), "image-net.org"));
  }
};

QTEST_GUILESS_MAIN(FetchTest)
#include "fetch_test.moc"
