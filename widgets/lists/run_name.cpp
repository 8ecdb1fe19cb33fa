#include "widgets/lists/run_name.h"

#include <QRegularExpression>
#include <QStringList>

#include "core/spec/spec_text.h"

namespace scanline {

QString shownName(const RunSummary& run, bool belowSearch) {
  const QString name = QString::fromStdString(run.name);
  if (belowSearch) {
    static const QRegularExpression kRate(QStringLiteral("(?:, |: )((?:best )?(?:rate |lr )?[0-9.e+-]+)$"));
    if (const auto match = kRate.match(name); match.hasMatch()) return match.captured(1);
    return name;
  }
  static const QRegularExpression kSettings(QStringLiteral("((?:, [a-z0-9]+\\.[A-Za-z0-9]+=[^,=]+)+)$"));
  const auto match = kSettings.match(name);
  if (!match.hasMatch()) return name;
  QStringList words;
  for (const QString& setting : match.captured(1).split(QStringLiteral(", "), Qt::SkipEmptyParts)) {
    const qsizetype equals = setting.indexOf(QLatin1Char('='));
    words << QString::fromStdString(
        settingWords(setting.left(equals).toStdString(), setting.mid(equals + 1).toStdString()));
  }
  words << name.left(match.capturedStart(1));
  return words.join(QStringLiteral(", "));
}

QString runNumber(const RunSummary& run) {
  return QStringLiteral("#%1").arg(run.id.value);
}

}  // namespace scanline
