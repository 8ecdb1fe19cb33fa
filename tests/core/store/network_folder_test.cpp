#include "core/store/network_folder.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

using namespace scanline;
namespace fs = std::filesystem;

/// Tables of mounts that are made up, as Linux writes them; the folders are real.
class NetworkFolderTest : public QObject {
  Q_OBJECT
 private slots:
  void networkFileSystemsAreKnownByTheirMount_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<bool>("network");
    for (const char* type : {"nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "afs", "9p",
                             "fuse.sshfs", "fuse.glusterfs", "fuse.ceph"})
      QTest::addRow("%s", type) << type << true;
    for (const char* type : {"ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.ntfs-3g", "fuse"})
      QTest::addRow("%s", type) << type << false;
  }
  void networkFileSystemsAreKnownByTheirMount() {
    QFETCH(const QString, type);
    QFETCH(const bool, network);
    const fs::path folder = make("shared/ws");
    const fs::path mounts = table({{"/", "ext4"}, {make("shared").string(), type.toStdString()}});
    QCOMPARE(networkFileSystem(folder, mounts), network ? std::optional(type.toStdString()) : std::nullopt);
  }

  void theNearestMountCounts() {
    const fs::path home = make("home"), scratch = make("home/scratch");
    const fs::path mounts =
        table({{"/", "ext4"}, {scratch.string(), "ext4"}, {home.string(), "nfs4"}, {home.string() + "/scr", "lustre"}});
    QCOMPARE(networkFileSystem(make("home/ws"), mounts), std::optional<std::string>("nfs4"));
    QVERIFY(!networkFileSystem(make("home/scratch/ws"), mounts));
    // Of two at one place the later lies on top.
    QCOMPARE(networkFileSystem(home, table({{home.string(), "ext4"}, {home.string(), "ceph"}})),
             std::optional<std::string>("ceph"));
  }

  void namesWithBlanksAndLinksAreFollowed() {
    const fs::path share = make("my share");
    fs::create_directory_symlink(share, make("links") / "to share");
    const fs::path mounts = table({{"/", "ext4"}, {(share.parent_path() / "my\\040share").string(), "fuse.sshfs"}});
    QCOMPARE(networkFileSystem(share, mounts), std::optional<std::string>("fuse.sshfs"));
    QCOMPARE(networkFileSystem(make("links") / "to share", mounts), std::optional<std::string>("fuse.sshfs"));
  }

  void anUnreadableTableIsNoNetwork() {
    QVERIFY(!networkFileSystem(make("ws"), "/nowhere/mountinfo"));
    std::ofstream(make("odd") / "mountinfo") << "no table\n1 2 3\n - - -\n";
    QVERIFY(!networkFileSystem(make("ws"), make("odd") / "mountinfo"));
  }

 private:
  fs::path make(const std::string& name) {
    const fs::path folder = fs::canonical(folder_.path().toStdString()) / name;
    fs::create_directories(folder);
    return folder;
  }
  fs::path table(const std::vector<std::pair<std::string, std::string>>& mounts) {
    const fs::path file = make("tables") / "mountinfo";
    std::ofstream out(file);
    for (const auto& [place, type] : mounts)
      out << "36 35 98:0 / " << place << " rw,noatime shared:1 - " << type << " source rw\n";
    return file;
  }

  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(NetworkFolderTest)
#include "network_folder_test.moc"
