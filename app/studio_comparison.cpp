#include "app/studio_comparison.h"

#include <algorithm>

#include "app/studio_pictures.h"
#include "app/studio_request.h"
#include "core/base/error.h"
#include "widgets/parts/number_text.h"
#include "widgets/studio/side_by_side_panel.h"
#include "widgets/studio/studio_view.h"

namespace scanline {

namespace {

struct SidePicture {
  QString key, caption;
  StudioPicture picture;
};

QString nameOf(const StudioSubject& subject) {
  const QString name = QString::fromStdString(subject.run.summary.name);
  return subject.run.summary.id.value == 0 ? name
                                           : StudioComparison::tr("%1, step %2").arg(name, text::steps(subject.step));
}

}  // namespace

StudioComparison::StudioComparison(StudioView& view, StudioLane& lane, std::function<bool()> isBusy, QObject* parent)
    : QObject(parent), view_(view), lane_(lane), isBusy_(std::move(isBusy)), panel_(new SideBySidePanel(&view)) {
  view_.addPanel(panel_, tr("Side by side"));
  connect(panel_, &SideBySidePanel::columnAddRequested, this, [this](const QString& key) {
    const auto other = std::ranges::find(others_, key, [](const OtherModel& each) { return each.choice.key; });
    if (other == others_.end()) return;
    columns_.push_back({*other, nullptr});
    showColumns();
  });
  connect(panel_, &SideBySidePanel::columnRemoveRequested, this, [this](const QString& key) {
    std::erase_if(columns_, [&](const Column& column) { return column.model.choice.key == key; });
    showColumns();
  });
  connect(panel_, &SideBySidePanel::drawRequested, this, &StudioComparison::draw);
  connect(panel_, &SideBySidePanel::stopRequested, this, &StudioComparison::stop);
  connect(panel_, &SideBySidePanel::failed, &view_, &StudioView::failed);
}

void StudioComparison::setSubject(std::shared_ptr<const StudioSubject> subject) {
  stop();
  subject_ = std::move(subject);
  // The others stay: another checkpoint of the run is compared with the same ones.
  std::erase_if(columns_, [](const Column& column) { return column.open != nullptr; });
  if (subject_) {
    const QString key = subject_->run.summary.id.value == 0 ? QString::fromStdString(subject_->file.string())
                                                            : keyOf(subject_->run.summary.id, subject_->step);
    std::erase_if(columns_, [&](const Column& column) { return column.model.choice.key == key; });
    columns_.insert(columns_.begin(), {{{key, nameOf(*subject_)}, subject_->file}, subject_->model});
    columns_.resize(std::min(columns_.size(), static_cast<size_t>(SideBySidePanel::kMostColumns)));
  }
  showColumns();
}

void StudioComparison::setOthers(const std::vector<OtherModel>& others) {
  others_ = others;
  std::vector<ModelChoice> choices;
  for (const OtherModel& other : others_) choices.push_back(other.choice);
  panel_->setChoices(choices);
}

void StudioComparison::showColumns() {
  std::vector<SideColumn> shown;
  for (const Column& column : columns_) {
    shown.push_back({column.model.choice, {}, {}});
    for (const SideColumn& before : panel_->columns())
      if (before.model.key == column.model.choice.key) shown.back() = before;
  }
  panel_->setColumns(shown);
}

void StudioComparison::draw() {
  const auto wanted = requestOfOne(view_, subject_ != nullptr, isBusy_(), *panel_);
  if (!wanted) return;
  panel_->setDrawing(true);
  panel_->setProblem({});
  lane_.ask(
      StudioQuestion::Compare, Older::Stops, this,
      [this, self = QPointer<QObject>(this), asked = subject_->model, columns = columns_, request = *wanted](
          Engine& engine, const Control& control) {
        QStringList problems;
        for (const Column& column : columns) {
          control.check();
          const QString key = column.model.choice.key;
          ProgressPost<SidePicture> post(self, control, [this](const SidePicture& side) {
            panel_->setPicture(side.key, side.picture, side.caption);
          });
          try {
            const auto model = column.open ? column.open : engine.openModel(column.model.file);
            const DrawRequest own = translated(request, *asked, *model);
            const auto sink = [&](const DrawProgress& progress) {
              post.offer(
                  [&] {
                    return SidePicture{key, tr("%1 of %2").arg(progress.done).arg(progress.total),
                                       studioPicture(*model, {progress.tokens.begin(), progress.tokens.end()})};
                  },
                  false);
            };
            const Drawing drawing = model->draw(own, sink, control);
            const SidePicture last{key, tr("%1 nats per pixel").arg(text::nats(drawing.nats.at(0))),
                                   studioPicture(*model, drawing.candidates.at(0))};
            post.offer([&] { return last; }, true);
          } catch (const Error& problem) {
            problems << column.model.choice.name + QStringLiteral(": ") + QString::fromUtf8(problem.what());
          }
        }
        return problems;
      },
      [this](const QStringList& problems) {
        panel_->setDrawing(false);
        panel_->setProblem(problems.join(QLatin1Char(' ')));
      },
      [this](const QString& sentence) {
        panel_->setDrawing(false);
        panel_->setProblem(sentence);
      });
}

void StudioComparison::stop() {
  lane_.stop(StudioQuestion::Compare);
  panel_->setDrawing(false);
}

}  // namespace scanline
