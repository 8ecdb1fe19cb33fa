#include "core/spec/presets.h"

#include <QTest>
#include <algorithm>

#include "core/base/error.h"
#include "core/spec/spec_text.h"

using namespace scanline;

class PresetsTest : public QObject {
  Q_OBJECT
 private slots:
  void theyAreNamedAndInOrder() {
    QStringList names;
    for (const Preset& p : presets()) names << QString::fromUtf8(p.name.data(), static_cast<qsizetype>(p.name.size()));
    QCOMPARE(names.join(' '), "quick-start cifar10-small igpt-s igpt-m igpt-l igpt-xl cifar10-probe imagenet-probe-sgd cifar10-lowdata");
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
      QCOMPARE(QString(error.what()),
               "There is no preset \"quickstart\"; choose one of: quick-start, cifar10-small, igpt-s, igpt-m, igpt-l, "
               "igpt-xl, cifar10-probe, imagenet-probe-sgd, cifar10-lowdata.");
    }
  }
};

QTEST_APPLESS_MAIN(PresetsTest)
#include "presets_test.moc"
