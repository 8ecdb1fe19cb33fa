#include "widgets/forms/data_facts.h"

#include <QCoreApplication>
#include <QStringList>
#include <QUrl>
#include <algorithm>

#include "core/base/error.h"
#include "core/data/dataset.h"
#include "core/data/fetch.h"
#include "core/data/image_count.h"
#include "core/data/missing_files.h"
#include "core/spec/spec_text.h"
#include "widgets/parts/number_text.h"

namespace scanline {

namespace {

QString tr(const char* words) {
  return QCoreApplication::translate("scanline", words);
}

const DatasetInfo* infoOf(const std::string& name) {
  const auto& all = datasetRegistry();
  const auto found = std::ranges::find(all, name, &DatasetInfo::name);
  return found == all.end() ? nullptr : &*found;
}

const FetchPlan* planOf(const std::string& dataset) {
  const auto& all = fetchPlans();
  const auto found = std::ranges::find(all, dataset, &FetchPlan::name);
  return found == all.end() || found->files.empty() ? nullptr : &*found;
}

bool haveSameImages(DataSpec a, const DataSpec& b) {
  a.augment = b.augment;
  RunSpec left, right;
  left.data = a;
  right.data = b;
  return differences(left, right).empty();
}

QString missingAt(const DataSpec& data) {
  const DatasetInfo* info = infoOf(data.name);
  try {
    if (info && info->needsPath && dataPath(data).empty())
      return (planOf(data.name)
                  ? tr("The data set %1 does not come with Scanline; give the folder it lies in, or fetch it.")
                  : tr("The data set %1 does not come with Scanline; give the folder or file it lies in."))
          .arg(QString::fromStdString(data.name));
    return QString::fromStdString(missingFilesSentence(data));
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

const DataFacts::Place& DataFacts::placeOf(const DataSpec& data) const {
  const auto [place, isNew] = places_.try_emplace({data.name, data.path});
  if (isNew) place->second = {missingAt(data), countTrainImages(data)};
  return place->second;
}

const KnownData* DataFacts::knownOf(const RunSpec& spec) const {
  return known_ && haveSameImages(known_->data, spec.data) ? &*known_ : nullptr;
}

int64_t DataFacts::trainedOn(const RunSpec& spec) const {
  if (const KnownData* known = knownOf(spec)) return known->trainImages;
  return imagesTrainedOn(spec.data, placeOf(spec.data).images);
}

int64_t DataFacts::classes(const RunSpec& spec) const {
  if (const KnownData* known = knownOf(spec); known && known->classes > 0) return known->classes;
  const DatasetInfo* info = infoOf(spec.data.name);
  return info ? info->classes : 0;
}

QString DataFacts::missing(const DataSpec& data) const {
  return placeOf(data).missing;
}

QString DataFacts::labelsProblem(const RunSpec& spec) const {
  const int64_t images = trainedOn(spec), classes = this->classes(spec);
  if (spec.kind != RunKind::LowData || images == 0 || classes == 0) return {};
  std::vector<int64_t> labels;
  try {
    labels = labelsPerClass(spec.lowdata);
  } catch (const Error&) {
    return {};  // told by problems()
  }
  const auto most = std::ranges::max(labels);
  if (most * classes <= images) return {};
  // Classes differ in size, so a tenth is left.
  const int64_t safe = std::max<int64_t>(1, images * 9 / (10 * classes));
  QStringList fitting;
  for (const int64_t count : labels)
    if (count <= safe) fitting << QString::number(count);
  return QCoreApplication::translate(
             "scanline",
             "lowdata.labels asks for %1 labelled images of each class, and %2 training images of %3 classes have about "
             "%4 of each; give numbers up to %5, such as %6.")
      .arg(text::steps(most), text::steps(images), text::steps(classes), text::steps(images / classes),
           text::steps(safe), fitting.isEmpty() ? QString::number(safe) : fitting.join(QStringLiteral(", ")));
}

QString fetchOffer(const std::string& dataset) {
  const FetchPlan* plan = planOf(dataset);
  if (!plan) return {};
  int64_t bytes = 0;
  for (const Download& file : plan->files) bytes += file.bytes;
  const QString host = QUrl(QString::fromStdString(plan->files.front().url)).host();
  return bytes > 0 ? tr("%1 from %2").arg(text::megabytes(bytes), host) : tr("from %1").arg(host);
}

}  // namespace scanline
