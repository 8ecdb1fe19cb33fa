// The place of a process, from the variables of each launcher.
#include <QTest>
#include <map>

#include "core/run/launcher.h"
#include "tests/support/sentence_of.h"

using namespace scanline;

namespace {

using Variables = std::map<std::string, std::string>;

std::optional<GroupPlace> placeOf(const Variables& variables) {
  return launchedPlace([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string problemOf(const Variables& variables) {
  return sentenceOf([&] { placeOf(variables); });
}

const Variables kTorchrun{{"RANK", "5"},
                          {"WORLD_SIZE", "8"},
                          {"LOCAL_RANK", "1"},
                          {"LOCAL_WORLD_SIZE", "4"},
                          {"MASTER_ADDR", "a1"},
                          {"MASTER_PORT", "29400"},
                          {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                          {"TORCHELASTIC_RESTART_COUNT", "2"}};
const Variables kSrun{
    {"SLURM_PROCID", "6"},    {"SLURM_STEP_NUM_TASKS", "7"}, {"SLURM_LOCALID", "0"},
    {"SLURM_NODEID", "3"},    {"SLURM_NTASKS", "7"},         {"SLURM_STEP_TASKS_PER_NODE", "2(x3),1"},
    {"SLURM_JOB_ID", "4711"}, {"SLURM_STEP_ID", "0"},        {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.1"}};
const Variables kMpirun{{"OMPI_COMM_WORLD_RANK", "3"},
                        {"OMPI_COMM_WORLD_SIZE", "4"},
                        {"OMPI_COMM_WORLD_LOCAL_RANK", "3"},
                        {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},
                        {"PMIX_NAMESPACE", "123456"}};
const Variables kMpiexec{{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}, {"MPI_LOCALRANKID", "1"}, {"MPI_LOCALNRANKS", "2"}};

}  // namespace

class LauncherTest : public QObject {
  Q_OBJECT

 private slots:
  void torchrun() {
    const auto place = placeOf(kTorchrun).value();
    QCOMPARE(place.launcher, std::string("torchrun"));
    QCOMPARE(place.rank, 5);
    QCOMPARE(place.size, 8);
    QCOMPARE(place.localRank, 1);
    QCOMPARE(place.localSize, 4);
    QCOMPARE(place.host, std::string("a1"));
    QCOMPARE(place.port, uint16_t{29400});
    QVERIFY(place.meetingIsHosted);  // by torchrun's agent
    QCOMPARE(place.attempt, std::string("2"));
    QCOMPARE(place.name(), std::string("process 5 of 8"));
  }

  void srun() {
    const auto place = placeOf(kSrun).value();
    QCOMPARE(place.launcher, std::string("srun"));
    QCOMPARE(place.rank, 6);
    QCOMPARE(place.size, 7);
    QCOMPARE(place.localRank, 0);
    QCOMPARE(place.localSize, 1);  // the fourth node has one
    QCOMPARE(place.host, std::string("10.0.0.1"));
    QVERIFY(place.port >= 20000 && place.port < 30000);
    QVERIFY(!place.meetingIsHosted);
    auto other = kSrun;
    other["SLURM_JOB_ID"] = "4712";
    QVERIFY(placeOf(other)->port != place.port);  // two jobs on a node do not meet
    auto third = kSrun;
    third["SLURM_NODEID"] = "2";
    QCOMPARE(placeOf(third)->localSize, 2);
  }

  /// Its rank among those of its machine is below their number, whatever the number of all is.
  void theLocalRankIsOneOfThisMachine() {
    auto wrong = kTorchrun;
    wrong["LOCAL_RANK"] = "4";
    QVERIFY2(problemOf(wrong).starts_with("LOCAL_RANK is \"4\", where a whole number from 0 to 3 is expected"),
             problemOf(wrong).c_str());
    wrong["LOCAL_RANK"] = "3";
    QCOMPARE(placeOf(wrong)->localRank, 3);
  }

  /// sbatch sets the rank too, without a step of several tasks.
  void aBatchScriptIsNoStep() { QVERIFY(!placeOf({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}})); }

  void mpirun() {
    const auto place = placeOf(kMpirun).value();
    QCOMPARE(place.launcher, std::string("mpirun"));
    QCOMPARE(place.rank, 3);
    QCOMPARE(place.size, 4);
    QCOMPARE(place.localRank, 3);
    QCOMPARE(place.localSize, 4);
    QCOMPARE(place.host, std::string("127.0.0.1"));
    auto second = kMpirun;
    second["OMPI_COMM_WORLD_RANK"] = "0";
    QCOMPARE(placeOf(second)->port, place.port);
    auto spread = kMpirun;
    spread["OMPI_COMM_WORLD_LOCAL_SIZE"] = "2";
    spread["OMPI_COMM_WORLD_LOCAL_RANK"] = "1";
    QCOMPARE(problemOf(spread), std::string("mpirun started 4 processes on several machines, and nothing says where "
                                            "process 0 is. Set MASTER_ADDR to its host name or address (mpirun -x "
                                            "MASTER_ADDR=...)."));
    spread["MASTER_ADDR"] = "node7";
    spread["MASTER_PORT"] = "4000";
    QCOMPARE(placeOf(spread)->host, std::string("node7"));
    QCOMPARE(placeOf(spread)->port, uint16_t{4000});
  }

  void mpiexec() {
    const auto place = placeOf(kMpiexec).value();
    QCOMPARE(place.launcher, std::string("mpiexec"));
    QCOMPARE(place.rank, 1);
    QCOMPARE(place.size, 2);
    QCOMPARE(place.localRank, 1);
    QCOMPARE(place.localSize, 2);
  }

  /// srun starts Open MPI's programs, too, and mpirun may run within a job of Slurm.
  void theFirstLauncherCounts() {
    auto both = kMpirun;
    both.insert(kTorchrun.begin(), kTorchrun.end());
    QCOMPARE(placeOf(both)->launcher, std::string("torchrun"));
  }

  void aloneIsNoGroup() {
    QVERIFY(!placeOf({}));
    QVERIFY(!placeOf({{"RANK", "0"}, {"WORLD_SIZE", "1"}}));
    QVERIFY(!placeOf({{"RANK", "0"}}));
  }

  void wrongNumbersAreNamed() {
    QCOMPARE(
        problemOf({{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
        std::string("RANK is \"2\", where a whole number from 0 to 1 is expected, since torchrun names this process "
                    "RANK 2. Start all processes by one launcher."));
    QVERIFY(problemOf({{"RANK", "0"}, {"WORLD_SIZE", "two"}}).starts_with("WORLD_SIZE is \"two\""));
    auto port = kTorchrun;
    port["MASTER_PORT"] = "70000";
    QVERIFY(problemOf(port).starts_with("MASTER_PORT is \"70000\""));
  }
};

QTEST_APPLESS_MAIN(LauncherTest)
#include "launcher_test.moc"
