#include "app/going_on.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>

#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

QString tr(const char* words) {
  return QCoreApplication::translate("scanline", words);
}

/// "from step 200 (200 steps are done again)"
QString fromText(const GoingOn& run) {
  if (run.from == 0 && run.again == 0) return tr("from its beginning");
  const QString from = run.from == 0 ? tr("from its beginning") : tr("from step %1").arg(text::steps(run.from));
  if (run.again == 0) return from;
  return (run.again == 1 ? tr("%1 (%2 step is done again)") : tr("%1 (%2 steps are done again)"))
      .arg(from, text::steps(run.again));
}

}  // namespace

GoingOn goingOn(const RunStore& store, const RunSummary& run) {
  GoingOn going{.name = QString::fromStdString(run.name), .reached = run.step};
  if (!takesSteps(run) || run.kind == RunKind::Search) return going;  // their trials say more
  for (const CheckpointRow& row : store.checkpoints(run.id)) going.from = std::max(going.from, row.step);
  going.again = std::max<int64_t>(0, run.step - going.from);
  return going;
}

QString goingOnText(const GoingOn& run) {
  return tr("“%1” goes on %2.").arg(run.name, fromText(run));
}

QString offerText(const std::vector<GoingOn>& runs) {
  if (runs.size() == 1) {
    const GoingOn& run = runs.front();
    if (run.reached == 0) return tr("“%1” did not end. It can go on %2.").arg(run.name, fromText(run));
    return tr("“%1” did not end; it had come to step %2. It can go on %3.")
        .arg(run.name, text::steps(run.reached), fromText(run));
  }
  constexpr size_t kMostNamed = 3;
  QStringList named;
  for (size_t i = 0; i < std::min(kMostNamed, runs.size()); ++i)
    named << QStringLiteral("“%1” %2").arg(runs[i].name, fromText(runs[i]));
  QString text = tr("%1 runs did not end. They can go on: %2").arg(runs.size()).arg(named.join(QStringLiteral(", ")));
  if (runs.size() > kMostNamed) text += tr(" and %1 more").arg(runs.size() - kMostNamed);
  return text + QLatin1Char('.');
}

}  // namespace scanline
