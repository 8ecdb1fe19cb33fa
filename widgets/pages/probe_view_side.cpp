#include <QComboBox>
#include <QLabel>
#include <QStackedWidget>
#include <algorithm>

#include "widgets/pages/class_accuracy_table.h"
#include "widgets/pages/confusion_view.h"
#include "widgets/pages/probe_view.h"
#include "widgets/parts/number_text.h"
#include "widgets/plot/chart.h"
#include "widgets/plot/step_slider.h"

// The chosen layer: its matrix, its classes, another step or run to compare with, and its pictures.

namespace scanline {

QString ProbeView::className(int label) const {
  return label < classNames_.size() ? classNames_[label] : QString::number(label);
}

/// The probes of the last step of a run that is not after `step`; null: it has none.
const ProbeView::ByLayer* ProbeView::upToStep(int64_t run, int64_t step) const {
  const auto known = probes_.find(run);
  if (known == probes_.end()) return nullptr;
  const auto last = known->second.upper_bound(step);
  return last == known->second.begin() ? nullptr : &std::prev(last)->second;
}

/// The probe to compare that of `layer` with: of the same layer, or the last one of a run with fewer.
const ProbeResult* ProbeView::comparedProbe(int64_t layer) const {
  const ByLayer* layers =
      compared_ ? upToStep(compared_->run, compared_->step < 0 ? step() : compared_->step) : nullptr;
  if (!layers || layers->empty()) return nullptr;
  const auto same = layers->find(layer);
  return same != layers->end() ? &same->second : &layers->rbegin()->second;
}

void ProbeView::askForPictures(int truth, int said) {
  if (!layer_ || step() < 0 || runs_.empty()) return;
  wanted_ = ProbePicturesWanted{runs_.front().id, step(), *layer_, truth, said};
  pictures_->setBusy(truth < 0       ? tr("Surest errors of layer %1").arg(*layer_)
                     : said < 0      ? tr("%1 taken for others").arg(className(truth))
                     : truth == said ? tr("%1, recognised").arg(className(truth))
                                     : tr("%1, taken for %2").arg(className(truth), className(said)));
  bottom_->setCurrentWidget(pictures_);
  confusion_->setChosen(truth >= 0 && said >= 0 ? std::optional(std::pair<int64_t, int64_t>(truth, said))
                                                : std::nullopt);
  emit picturesRequested(*wanted_);
}

void ProbeView::closePictures() {
  if (!wanted_) return;
  wanted_.reset();
  bottom_->setCurrentWidget(trace_);
  confusion_->setChosen({});
  emit picturesUnwanted();
}

/// The other steps of the front run, the newest first, then the other runs.
void ProbeView::refreshCompared() {
  std::vector<Compared> comparable;
  QStringList names;
  const auto& steps = slider_->steps();
  for (auto each = steps.rbegin(); each != steps.rend(); ++each)
    if (*each != step()) {
      comparable.push_back({runs_.front().id, *each});
      names << tr("with step %1").arg(text::steps(*each));
    }
  for (size_t at = 1; at < runs_.size(); ++at)
    if (!probes_.at(runs_[at].id).empty()) {
      comparable.push_back({runs_[at].id, -1});
      names << tr("with %1").arg(runs_[at].name);
    }
  names.prepend(tr("not compared"));
  QStringList before;
  for (int entry = 0; entry < comparedBox_->count(); ++entry) before << comparedBox_->itemText(entry);
  comparable_ = std::move(comparable);
  if (names != before) {  // else its list stays open while probes come
    comparedBox_->clear();
    comparedBox_->addItems(names);
  }
  comparedBox_->setVisible(!comparable_.empty());
  const auto kept = compared_ ? std::ranges::find(comparable_, *compared_) : comparable_.end();
  if (kept == comparable_.end()) compared_.reset();
  comparedBox_->setCurrentIndex(compared_ ? int(kept - comparable_.begin()) + 1 : 0);
}

void ProbeView::refreshConfusion() {
  const ProbeResult* probe = nullptr;
  if (layer_ && step() >= 0) {
    const auto& layers = front()->at(step());
    const auto at = layers.find(*layer_);
    if (at != layers.end() && !at->second.confusion.empty()) probe = &at->second;
  }
  side_->setVisible(probe != nullptr);
  const bool areTheirs = probe && wanted_ && wanted_->run == runs_.front().id && wanted_->step == probe->step &&
                         wanted_->layer == probe->layer;
  if (!areTheirs) closePictures();
  if (!probe) return;
  const QString title =
      tr("layer %1, step %2: %3 right").arg(probe->layer).arg(text::steps(probe->step), text::percent(probe->accuracy));
  confusion_->setMatrix(title, probe->classes, probe->confusion, classNames_);
  if (areTheirs && wanted_->truth >= 0 && wanted_->said >= 0)
    confusion_->setChosen(std::pair<int64_t, int64_t>(wanted_->truth, wanted_->said));
  showClasses(*probe);
}

void ProbeView::showClasses(const ProbeResult& probe) {
  const ProbeResult* other = comparedProbe(probe.layer);
  if (other && other->classes != probe.classes) other = nullptr;
  classes_->setClasses(classAccuracies(probe.classes, probe.confusion),
                       other ? classAccuracies(other->classes, other->confusion) : std::vector<ClassAccuracy>{},
                       classNames_);
  QString words =
      tr("Layer %1, step %2: %3 right").arg(probe.layer).arg(text::steps(probe.step), text::percent(probe.accuracy));
  if (other) {
    const auto run = std::ranges::find(runs_, compared_->run, &ChartRun::id);
    const QString where = compared_->step >= 0 || run == runs_.end()
                              ? tr("step %1").arg(text::steps(other->step))
                              : tr("%1, step %2").arg(run->name, text::steps(other->step));
    words += tr(". Difference in percentage points to layer %1 of %2: %3 right")
                 .arg(other->layer)
                 .arg(where, text::percent(other->accuracy));
  }
  classWords_->setText(words);
}

}  // namespace scanline
