#include "core/spec/presets.h"

#include <QTest>
#include <algorithm>

#include "core/base/error.h"
#include "core/data/spec_check.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class PresetsTest : public QObject {
  Q_OBJECT
 private slots:
  void theyAreNamedAndInOrder() {
    QStringList names;
    for (const Preset& p : presets()) names << QString::fromUtf8(p.name.data(), static_cast<qsizetype>(p.name.size()));
    QCOMPARE(names.join(' '),
             "quick-start lr-search cifar10-small cifar10-mingpt igpt-s igpt-m igpt-l igpt-xl cifar10-bert "
             "cifar10-finetune igpt-s-bert igpt-m-bert "
             "igpt-l-bert igpt-l-finetune cifar10-vqvae cifar10-codes imagenet-vqvae "
             "cifar10-probe imagenet-probe-sgd cifar10-lowdata");
  }

  void theyLackNothingButAPath() {
    for (const Preset& p : presets()) {
      for (const SpecProblem& problem : problems(p.spec)) QCOMPARE(problem.key, std::string("data.path"));
    }
    QVERIFY(problems(preset("quick-start").spec).empty());
  }

  /// The exact counts of the released models (notes of section 3.3); the paper's figure for XL leaves out the longer
  /// positions.
  void sizesAreThePapers() {
    const auto count = [](const char* name, int64_t positions) {
      const RunSpec& spec = preset(name).spec;
      return parameterCount(spec.model, spec.palette.size, positions);
    };
    QCOMPARE(count("igpt-s", 1024), int64_t{76'571'648});
    QCOMPARE(count("igpt-m", 1024), int64_t{455'157'760});
    QCOMPARE(count("igpt-l", 1024), int64_t{1'362'250'752});
    QCOMPARE(count("igpt-xl", 1024), int64_t{6'801'438'720});
    QCOMPARE(count("igpt-xl", 4096), int64_t{6'810'875'904});
  }

  void anUnknownNameListsTheKnown() {
    try {
      preset("quickstart");
      QFAIL("nothing was thrown");
    } catch (const Error& error) {
      const QString message = error.what();
      QVERIFY2(message.startsWith(
                   "There is no preset \"quickstart\"; choose one of: quick-start, lr-search, cifar10-small,"),
               error.what());
      for (const Preset& each : presets()) QVERIFY(message.contains(std::string(each.name).c_str()));
    }
  }
};

QTEST_APPLESS_MAIN(PresetsTest)
#include "presets_test.moc"
