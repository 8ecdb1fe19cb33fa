#include "app/studio_others.h"

#include <fmt/format.h>
#include <QCoreApplication>

#include "core/base/error.h"
#include "core/store/find_checkpoint.h"
#include "core/store/run_list.h"
#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"

namespace scanline {

QString keyOf(RunId run, int64_t step) {
  return QStringLiteral("%1@%2").arg(run.value).arg(step);
}

std::vector<OtherModel> readOthers(const RunStore& store, RunId run) {
  constexpr size_t kMost = 20, kMostRead = 100;
  std::vector<OtherModel> others;
  const auto add = [&](RunId id, const std::string& name, const CheckpointRow& row) {
    others.push_back({{keyOf(id, row.step), QCoreApplication::translate("StudioOthers", "%1, step %2")
                                                .arg(QString::fromStdString(name), text::steps(row.step))},
                      store.folder(id) / row.file});
  };
  if (run.value != 0) {
    auto rows = store.checkpoints(run);
    const std::string name = store.run(run).name;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) add(run, name, *row);
  }
  std::vector<RunId> newest;
  for (const RunList::Row& row : store.list({}).rows)
    if (newest.size() < kMostRead && row.run != run) newest.push_back(row.run);
  size_t added = 0;
  for (const RunRow& row : store.rows(newest)) {
    if (added == kMost) break;
    if (!text::canGoOn(row.run)) continue;
    if (const auto best = bestCheckpoint(store, row.run.id)) {
      add(row.run.id, row.run.name, *best);
      ++added;
    }
  }
  return others;
}

DrawRequest translated(const DrawRequest& request, const OpenModel& asked, const OpenModel& other) {
  const ModelFacts &from = asked.facts(), &to = other.facts();
  if (from.across != to.across || from.down != to.down)
    throw Error(fmt::format(
        "This model knows pictures of {} x {} tokens, and the mask is of {} x {}. Choose one of the same size.",
        to.across, to.down, from.across, from.down));
  if (from.palette == to.palette && from.isCodes == to.isCodes && from.paletteSize == to.paletteSize &&
      (!from.isCodes || &asked == &other || from.specToml == to.specToml))
    return request;
  DrawRequest same = request;
  const ImageSet picture = asked.picturesOf(std::span(&request.picture, 1));
  same.picture = other.tokensOf(Image{picture.width, picture.height, picture.rgb});
  return same;
}

}  // namespace scanline
