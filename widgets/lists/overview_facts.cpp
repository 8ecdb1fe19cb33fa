#include "widgets/lists/overview_facts.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "widgets/parts/number_text.h"
#include "widgets/parts/path_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("scanline", text);
}

QString quoted(const std::string& name) {
  return QStringLiteral("“%1”").arg(QString::fromStdString(name));
}

QString loggedText(RunState state) {
  if (isActive(state)) return tr("another program, which still logs it");
  // Nobody knows whether that program still runs, say on another machine.
  return state == RunState::Interrupted ? tr("another program, whose log has no end")
                                        : tr("another program, which has ended its log");
}

/// The colours or codes that its tokens are.
QString tokensText(const RunDetails& details, const RunSpec& spec) {
  const int64_t size = details.prepared.paletteSize > 0                                  ? details.prepared.paletteSize
                       : spec.palette.vqvae.empty() && details.known.has("palette.size") ? spec.palette.size
                                                                                         : 0;
  if (spec.kind == RunKind::Vqvae) return tr("%1 codes").arg(size > 0 ? size : spec.vqvae.codes);
  if (!spec.palette.vqvae.empty())
    return size > 0 ? tr("%1 codes of the VQ-VAE %2").arg(size).arg(quoted(spec.palette.vqvae))
                    : tr("codes of the VQ-VAE %1").arg(quoted(spec.palette.vqvae));
  if (size == 0) return {};
  const QString file = QFileInfo(QString::fromStdString(spec.palette.path)).fileName();
  return file.isEmpty() ? tr("%1 colours").arg(size) : tr("%1 colours of %2").arg(size).arg(file);
}

}  // namespace

QString parentText(const RunSummary& run, const QString& parentName) {
  if (!run.parent) return {};
  const QString name = parentName.isEmpty() ? tr("another run") : QStringLiteral("“%1”").arg(parentName);
  return run.parentStep > 0 ? tr("%1, step %2").arg(name, text::steps(run.parentStep)) : name;
}

QString resumeText(const RunDetails& details) {
  const RunSummary& run = details.summary;
  const bool ended =
      run.state == RunState::Interrupted || run.state == RunState::Stopped || run.state == RunState::Failed;
  if (!ended || run.kind == RunKind::Curves || !takesSteps(run) || text::isSearch(run) || run.step <= 0) return {};
  if (details.checkpoints.empty()) return tr("starts again: there is no checkpoint yet");
  const int64_t from = details.checkpoints.back().step, again = run.step - from;
  if (again <= 0) return tr("goes on from step %1").arg(text::steps(from));
  return again == 1 ? tr("goes on from step %1; one step is done again").arg(text::steps(from))
                    : tr("goes on from step %1; %2 steps are done again").arg(text::steps(from), text::steps(again));
}

std::vector<Fact> resultFacts(const RunDetails& details) {
  const RunSummary& run = details.summary;
  std::vector<Fact> facts;
  // A search that found its best early has rates left that it did not need.
  if (text::isSearch(run) && run.state == RunState::Finished)
    facts.emplace_back(tr("Learning rates"),
                       run.steps > run.step
                           ? tr("%1 tried, %2 not needed").arg(text::steps(run.step), text::steps(run.steps - run.step))
                           : tr("%1 tried").arg(text::steps(run.step)));
  else if (takesSteps(run) && (run.step > 0 || run.steps > 0))
    facts.emplace_back(
        text::isSearch(run) ? tr("Learning rates") : tr("Steps"),
        run.steps > 0 ? tr("%1 of %2").arg(text::steps(run.step), text::steps(run.steps)) : text::steps(run.step));
  const auto at = [](const QString& value, const std::optional<int64_t>& step) {
    return step ? tr("%1, step %2").arg(value, text::steps(*step)) : value;
  };
  if (run.bestLoss) facts.emplace_back(tr("Best validation"), at(text::bestLoss(run), run.bestLossStep));
  if (run.bestAccuracy)
    facts.emplace_back(run.kind == RunKind::Finetune ? tr("Best accuracy") : tr("Best probe"),
                       at(text::bestProbe(run), run.bestAccuracyStep));
  if (const auto left = text::remainingMs(run)) facts.emplace_back(tr("Remaining"), text::duration(*left));
  if (const QString resume = resumeText(details); !resume.isEmpty()) facts.emplace_back(tr("If resumed"), resume);
  return facts;
}

std::vector<Fact> originFacts(const RunDetails& details, const std::optional<RunSpec>& spec,
                              const QString& parentName) {
  const RunPrepared& prepared = details.prepared;
  const RunSummary& run = details.summary;
  std::vector<Fact> facts;
  if (run.kind == RunKind::Curves)
    facts.emplace_back(tr("Origin"), text::isLogged(run) ? loggedText(run.state) : tr("curves imported from files"));
  if (!run.dataset.empty()) facts.emplace_back(tr("Data set"), QString::fromStdString(run.dataset));
  if (spec && details.known.has("data.path") && !spec->data.path.empty())
    facts.emplace_back(tr("Data in"), text::fromHome(QString::fromStdString(spec->data.path)));
  if (const QString parent = parentText(run, parentName); !parent.isEmpty())
    facts.emplace_back(spec && needsModel(*spec) ? tr("Model of") : tr("Comes from"), parent);
  const bool ofCodes = spec && (spec->kind == RunKind::Vqvae || !spec->palette.vqvae.empty());
  if (const QString tokens = spec ? tokensText(details, *spec) : QString(); !tokens.isEmpty())
    facts.emplace_back(spec->kind == RunKind::Vqvae ? tr("Codebook") : ofCodes ? tr("Tokens") : tr("Palette"), tokens);
  if (prepared.trainImages > 0) {
    facts.emplace_back(tr("Training images"), text::steps(prepared.trainImages));
    facts.emplace_back(tr("Validation images"), text::steps(prepared.validationImages));
  }
  if (prepared.width > 0)
    facts.emplace_back(ofCodes ? tr("Grid of codes") : tr("Pixels"),
                       QStringLiteral("%1 × %2").arg(prepared.width).arg(prepared.height));
  if (prepared.parameters > 0) facts.emplace_back(tr("Parameters"), text::steps(prepared.parameters));
  return facts;
}

std::vector<Fact> timeFacts(const RunSummary& run) {
  std::vector<Fact> facts{{tr("Created"), text::dateTime(run.createdMs)}};
  if (run.startedMs > 0) facts.emplace_back(tr("Started"), text::dateTime(run.startedMs));
  if (!run.clusterJob.empty()) facts.emplace_back(tr("Cluster job"), QString::fromStdString(run.clusterJob));
  if (run.silentSinceMs > 0) facts.emplace_back(tr("Nothing heard since"), text::dateTime(run.silentSinceMs));
  if (run.endedMs > 0) facts.emplace_back(tr("Ended"), text::dateTime(run.endedMs));
  if (run.activeMs > 0) facts.emplace_back(tr("Running time"), text::duration(run.activeMs));
  return facts;
}

}  // namespace scanline
