#include "widgets/parts/run_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <algorithm>
#include <cmath>

#include "widgets/parts/number_text.h"

namespace scanline::text {

namespace {
QString tr(const char* words) {
  return QCoreApplication::translate("scanline::text", words);
}
}  // namespace

QString kindName(RunKind kind) {
  const auto name = nameOf(kind);
  return QString::fromLatin1(name.data(), std::ssize(name));
}

QString stateName(RunState state) {
  const auto name = scanline::stateName(state);
  return QString::fromLatin1(name.data(), std::ssize(name));
}

bool isSearch(const RunSummary& run) {
  return run.kind == RunKind::Search;
}

bool canGoOn(const RunSummary& run) {
  return run.kind == RunKind::Pretrain || run.kind == RunKind::Finetune;
}

bool canSearch(const RunSummary& run) {
  return run.kind == RunKind::Pretrain || run.kind == RunKind::Finetune || run.kind == RunKind::Probe ||
         run.kind == RunKind::Vqvae;
}

bool neverBegan(const RunSummary& run) {
  return run.state == RunState::Stopped && run.startedMs == 0 && run.kind != RunKind::Curves;
}

bool canResume(const RunSummary& run) {
  return run.state == RunState::Paused || (run.resumable && run.state != RunState::Finished) || neverBegan(run);
}

bool canPause(const RunSummary& run) {
  return run.state == RunState::Running && run.kind != RunKind::Curves;
}

bool canStop(const RunSummary& run) {
  if (run.kind == RunKind::Curves) return false;
  return (isActive(run.state) && run.state != RunState::Stopping) || run.state == RunState::Queued;
}

bool isLogged(const RunSummary& run) {
  if (run.kind != RunKind::Curves) return false;
  if (run.state != RunState::Finished) return run.state != RunState::Importing;  // imports are finished
  const auto has = [&](const char* tag) { return std::ranges::find(run.tags, tag) != run.tags.end(); };
  return has("logged") && !has("imported");  // it may have been exported elsewhere, and imported here
}

bool hasWinner(const RunSummary& run) {
  return isSearch(run) && run.state == RunState::Finished;
}

std::optional<double> preparedShare(const RunSummary& run) {
  if (run.state != RunState::Preparing) return std::nullopt;
  static const QRegularExpression kDone(QStringLiteral(": (\\d+) of (\\d+)$"));
  const auto match = kDone.match(QString::fromStdString(run.detail));
  const double total = match.captured(2).toDouble();
  if (!match.hasMatch() || total <= 0) return std::nullopt;
  return std::clamp(match.captured(1).toDouble() / total, 0.0, 1.0);
}

double progress(const RunSummary& run) {
  if (run.state == RunState::Preparing) return preparedShare(run).value_or(0);
  if (!takesSteps(run)) return run.state == RunState::Finished ? 1 : 0;
  if (run.steps <= 0) return 0;
  return std::clamp(static_cast<double>(run.step) / static_cast<double>(run.steps), 0.0, 1.0);
}

std::optional<int64_t> remainingMs(const RunSummary& run) {
  if (run.state != RunState::Running || !(run.secondsPerStep > 0)) return std::nullopt;
  return std::llround(static_cast<double>(std::max<int64_t>(0, run.steps - run.step)) * run.secondsPerStep * 1000);
}

QString progressText(const RunSummary& run) {
  if (!takesSteps(run) && !preparedShare(run)) return QStringLiteral("–");
  if (run.state == RunState::Finished || run.state == RunState::Queued) {
    if (isSearch(run) && run.state == RunState::Finished) return tr("%1 rates").arg(run.step);
    if (run.steps == 0 && run.kind != RunKind::Search)  // of an import that does not say how many it was to take
      return run.step > 0 ? tr("%1 steps").arg(steps(run.step)) : QStringLiteral("–");
    if (run.step == 0 || run.step >= run.steps)
      return QStringLiteral("%1 %2").arg(steps(run.steps), isSearch(run) ? tr("rates") : tr("steps"));
  }
  if (run.steps == 0 && !isSearch(run) && !preparedShare(run)) return tr("step %1").arg(steps(run.step));
  if (!isActive(run.state))
    return tr("%1 %2 of %3").arg(isSearch(run) ? tr("rate") : tr("step"), steps(run.step), steps(run.steps));
  const QString share = QStringLiteral("%1 %").arg(std::floor(100 * progress(run)));
  const auto left = remainingMs(run);
  return left ? tr("%1 · %2 left").arg(share, duration(*left)) : share;
}

QString bestLoss(const RunSummary& run) {
  if (!run.bestLoss) return {};
  if (run.kind == RunKind::Curves) return number(*run.bestLoss);  // of another program, in a unit that nobody knows
  return run.kind == RunKind::Vqvae ? number(*run.bestLoss) + tr(" mean squared error")
                                    : nats(*run.bestLoss) + tr(" nats");
}

QString bestProbe(const RunSummary& run) {
  if (!run.bestAccuracy) return {};
  if (!run.bestLayer) return percent(*run.bestAccuracy);
  return tr("%1 in layer %2").arg(percent(*run.bestAccuracy)).arg(*run.bestLayer);
}

QString modelSize(const RunSummary& run) {
  QStringList parts;
  if (run.parameters > 0) parts << count(run.parameters);
  if (run.layers > 0) parts << (run.layers == 1 ? tr("1 layer") : tr("%1 layers").arg(run.layers));
  return parts.join(QStringLiteral(" · "));
}

QString runs(qsizetype count) {
  return count == 1 ? tr("1 run") : tr("%1 runs").arg(count);
}

QString names(const std::vector<const RunSummary*>& runs) {
  constexpr size_t kMostNamed = 3;
  QStringList named;
  for (size_t i = 0; i < std::min(kMostNamed, runs.size()); ++i)
    named << QStringLiteral("“%1”").arg(QString::fromStdString(runs[i]->name));
  QString text = named.join(QStringLiteral(", "));
  if (runs.size() > kMostNamed) text += tr(" and %1 more").arg(runs.size() - kMostNamed);
  return text;
}

QString outcome(const RunSummary& run) {
  if (run.state == RunState::Failed && !run.detail.empty()) return QString::fromStdString(run.detail);
  if (isSearch(run) && !run.detail.empty()) return QString::fromStdString(run.detail);
  QStringList parts;
  if (run.state == RunState::Interrupted && !run.detail.empty()) parts << QString::fromStdString(run.detail);
  if (run.onCluster && run.state == RunState::Queued && !run.detail.empty()) return QString::fromStdString(run.detail);
  if (run.onCluster && isActive(run.state))
    parts << tr("job %1 of the cluster").arg(QString::fromStdString(run.clusterJob));
  else if (run.ownedElsewhere && isActive(run.state))
    parts << (run.ownProcess ? tr("in a process of its own") : tr("in another process"));
  if (run.silentSinceMs > 0 && isActive(run.state))
    parts << tr("nothing heard since %1").arg(dateTime(run.silentSinceMs));
  if (run.state == RunState::Preparing)
    parts << (run.detail.empty() ? tr("preparing") : QString::fromStdString(run.detail));
  for (const QString& part : {bestLoss(run), bestProbe(run)})
    if (!part.isEmpty()) parts << part;
  if (parts.isEmpty() || run.state == RunState::Interrupted) {
    if (!isActive(run.state) && run.step > 0) parts.prepend(tr("at step %1").arg(steps(run.step)));
  }
  if (parts.isEmpty()) {
    if (!run.dataset.empty()) parts << QString::fromStdString(run.dataset);
    if (const QString model = modelSize(run); !model.isEmpty()) parts << model;
    if (run.state == RunState::Queued && takesSteps(run)) parts << progressText(run);
  }
  return parts.join(QStringLiteral(" · "));
}

}  // namespace scanline::text
