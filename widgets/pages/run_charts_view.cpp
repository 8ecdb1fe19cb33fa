// The page of charts of runs: which chart shows which fields. Its controls are made in run_charts_toolbar.cpp. One file
// beyond 350 lines, since the chosen fields, the note and the saved state all depend on each other.
#include "widgets/pages/run_charts_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QDataStream>
#include <QIODevice>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QResizeEvent>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <set>

#include "widgets/parts/number_text.h"
#include "widgets/parts/run_text.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/plot/parallel_chart.h"
#include "widgets/plot/point_chart.h"
#include "widgets/plot/setting_map.h"

namespace scanline {

namespace {

constexpr int kChoicesVersion = 1;
constexpr qsizetype kFirstAxes = 6;  // of the parallel coordinates, until a person chooses

/// Values that span two decades are best seen on a logarithmic axis.
bool spansDecades(const RunValues::Column& column) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const double value : column.values) {
    if (std::isnan(value) || std::isinf(value)) continue;
    if (value <= 0) return false;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  constexpr double kDecades = 50;
  return column.texts.isEmpty() && high / low >= kDecades;
}

}  // namespace

RunChartsView::RunChartsView(QWidget* parent)
    : QWidget(parent),
      kinds_(new SegmentedControl(tr("Which chart"), this)),
      charts_(new QStackedWidget(this)),
      points_(new PointChart(this)),
      parallel_(new ParallelChart(this)),
      map_(new SettingMap(this)),
      correlations_(new CorrelationTable(this)),
      note_(new QLabel(this)),
      tickBrushed_(new QPushButton(tr("&Tick the brushed runs"), this)) {
  setBackgroundRole(QPalette::Base);
  setAutoFillBackground(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 8);
  column->setSpacing(4);
  column->addWidget(makeToolbar());
  for (QWidget* chart : {static_cast<QWidget*>(points_), static_cast<QWidget*>(parallel_), static_cast<QWidget*>(map_)})
    charts_->addWidget(chart);
  auto* table = new QWidget(this);
  auto* margins = new QVBoxLayout(table);
  margins->setContentsMargins(12, 0, 12, 0);
  margins->addWidget(correlations_);
  charts_->addWidget(table);
  column->addWidget(charts_, 1);
  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(12, 0, 12, 0);
  note_->setObjectName(QStringLiteral("note"));
  note_->setForegroundRole(QPalette::PlaceholderText);
  note_->setWordWrap(true);
  tickBrushed_->setObjectName(QStringLiteral("tickBrushed"));
  tickBrushed_->setToolTip(tr("Ticks the runs inside all brushes in the list, so that their curves are shown"));
  foot->addWidget(note_, 1);
  foot->addWidget(tickBrushed_);
  column->addLayout(foot);
  connectCharts();
  applyKind();
}

void RunChartsView::connectCharts() {
  connect(points_, &PointChart::runClicked, this, &RunChartsView::runRequested);
  connect(points_, &PointChart::runToggled, this, &RunChartsView::runToggled);
  connect(points_, &PointChart::runsTicked, this, [this](const auto& runs) { tick(runs, false); });
  connect(points_, &PointChart::failed, this, &RunChartsView::failed);
  connect(parallel_, &ParallelChart::runClicked, this, &RunChartsView::runRequested);
  connect(parallel_, &ParallelChart::runToggled, this, &RunChartsView::runToggled);
  connect(parallel_, &ParallelChart::brushChanged, this, [this] {
    remark_.clear();
    showNote();
  });
  connect(parallel_, &ParallelChart::failed, this, &RunChartsView::failed);
  connect(map_, &SettingMap::runsChosen, this, [this](const std::vector<qint64>& runs, bool add) {
    if (runs.size() == 1 && !add) emit runRequested(runs.front());
    tick(runs, add);
  });
  connect(map_, &SettingMap::failed, this, &RunChartsView::failed);
  connect(correlations_, &CorrelationTable::fieldChosen, this, [this](const QString& field) {
    setting_->setCurrentIndex(setting_->findData(field));
    setKind(Kind::Points);
    points_->setFocus();
  });
  connect(tickBrushed_, &QPushButton::clicked, this, [this] { tick(parallel_->brushedRuns(), false); });
}

RunChartsView::Kind RunChartsView::kind() const {
  return Kind(kinds_->current());
}

void RunChartsView::setKind(Kind kind) {
  kinds_->setCurrent(int(kind));
  applyKind();
}

QString RunChartsView::result() const {
  return result_->currentData().toString();
}

int RunChartsView::column(const QComboBox* box) const {
  return values_ ? values_->column(box->currentData().toString()) : -1;
}

QStringList RunChartsView::shownFields() const {
  QStringList shown{result()};
  for (const QComboBox* box : {setting_, third_})
    if (const QString name = box->currentData().toString(); !name.isEmpty()) shown << name;
  shown += axes_;
  shown.removeDuplicates();
  return shown;
}

QStringList RunChartsView::chosenFields() const {
  QStringList chosen;
  for (const QString& name : shownFields()) {
    const auto field = std::ranges::find(fields_, name.toStdString(), &RunField::name);
    if (field != fields_.end() && field->description != "setting") chosen << name;
  }
  return chosen;
}

void RunChartsView::setFields(const std::vector<RunField>& fields) {
  const auto same = [](const RunField& a, const RunField& b) { return a.name == b.name && a.number == b.number; };
  if (std::ranges::equal(fields, fields_, same)) return;
  fields_ = fields;
  for (QComboBox* box : {result_, setting_, third_}) {
    const QSignalBlocker quiet(box);
    const QString before = box->currentData().toString();
    box->clear();
    if (box == third_) box->addItem(tr("(none)"), QString());
    for (const RunField& field : fields_) {
      if (box == result_ && !field.number) continue;
      box->addItem(QString::fromStdString(field.name), QString::fromStdString(field.name));
      box->setItemData(box->count() - 1, QString::fromStdString(field.description), Qt::ToolTipRole);
    }
    box->setCurrentIndex(std::max(box == third_ ? 0 : -1, box->findData(before)));
  }
  chooseDefaults();
  fillAxesMenu();
  emit fieldsChanged();
}

/// Where a person has chosen nothing: the best validation loss, else the first summary, against the learning rate.
void RunChartsView::chooseDefaults() {
  const auto pick = [](QComboBox* box, const QStringList& beginnings) {
    if (box->currentIndex() >= 0) return;
    const QSignalBlocker quiet(box);
    for (const QString& beginning : beginnings)
      for (int i = 0; i < box->count() && box->currentIndex() < 0; ++i)
        if (box->itemText(i).startsWith(beginning)) box->setCurrentIndex(i);
    if (box->currentIndex() < 0 && box->count() > 0) box->setCurrentIndex(0);
  };
  pick(result_, {QStringLiteral("loss"), QStringLiteral("best(validation/loss"), QStringLiteral("best("),
                 QStringLiteral("last(train/loss"), QStringLiteral("last(")});
  pick(setting_, {QStringLiteral("lr"), QStringLiteral("optimizer.learningRate")});
}

void RunChartsView::setValues(SharedRunValues values) {
  values_ = std::move(values);
  points_->setValues(values_);
  parallel_->setValues(values_);
  map_->setValues(values_);
  fillAxesMenu();
  applyFields();
}

void RunChartsView::setCorrelations(const std::vector<FieldCorrelation>& correlations) {
  correlations_->setCorrelations(correlations);
  showNote();
}

void RunChartsView::setMarked(const MarkedRuns& marked) {
  points_->setMarked(marked);
  parallel_->setMarked(marked);
}

void RunChartsView::setEmptyText(const QString& text) {
  points_->setEmptyText(text);
  parallel_->setEmptyText(text);
  map_->setEmptyText(text);
}

void RunChartsView::setProgress(qint64 done, qint64 total) {
  progress_ = total > 0 ? tr("Reading runs: %1 of %2…").arg(text::steps(done), text::steps(total)) : QString();
  showNote();
}

std::vector<int> RunChartsView::parallelColumns() const {
  std::vector<int> columns;
  const auto add = [&](int column) {
    if (column >= 0 && std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  };
  if (axesChosen_) {
    for (const QString& name : axes_) add(values_->column(name));
    return columns;
  }
  // Settings that vary come first in `columns`; the result stands at the end, as the lines lead to it.
  for (const RunField& field : fields_) {
    if (std::ssize(columns) >= kFirstAxes - 1) break;
    if (field.description == "setting" && field.name != "name")
      add(values_->column(QString::fromStdString(field.name)));
  }
  const int result = column(result_);
  std::erase(columns, result);
  add(result);
  return columns;
}

/// The charts show the chosen fields, as far as their values are there.
void RunChartsView::applyFields() {
  remark_.clear();
  if (values_) {
    points_->setAxes({.x = column(setting_),
                      .y = column(result_),
                      .colour = column(third_),
                      .logX = logSetting_->isChecked(),
                      .logY = logResult_->isChecked(),
                      .means = means_->isChecked()});
    std::vector<ParallelChart::Axis> axes;
    for (const int column : parallelColumns())
      axes.push_back({.column = column, .logarithmic = spansDecades(values_->columns[size_t(column)])});
    parallel_->setAxes(std::move(axes), column(result_));
    map_->setAxes({.x = column(setting_),
                   .y = column(third_),
                   .value = column(result_),
                   .logX = logSetting_->isChecked(),
                   .logY = logThird_->isChecked()});
  }
  showNote();
}

void RunChartsView::applyKind() {
  charts_->setCurrentIndex(int(kind()));
  const bool points = kind() == Kind::Points, parallel = kind() == Kind::Parallel, map = kind() == Kind::Map;
  captions_[0]->setText(points ? tr("&Y") : parallel ? tr("&Colour") : map ? tr("&Mean of") : tr("&Correlate with"));
  captions_[1]->setText(tr("&X"));
  captions_[2]->setText(points ? tr("&Colour") : tr("&Y"));
  for (QWidget* widget :
       {static_cast<QWidget*>(captions_[1]), static_cast<QWidget*>(setting_), static_cast<QWidget*>(captions_[2]),
        static_cast<QWidget*>(third_), static_cast<QWidget*>(logSetting_)})
    widget->setVisible(points || map);
  logResult_->setVisible(points);
  logThird_->setVisible(map);
  means_->setVisible(points);
  axesButton_->setVisible(parallel);
  tickBrushed_->setVisible(parallel);
  for (QWidget* row : rows_) {  // other controls need other room
    QResizeEvent again(row->size(), row->size());
    QCoreApplication::sendEvent(row, &again);
  }
  map_->setEmptyText(third_->currentData().toString().isEmpty()
                         ? tr("Choose a setting for Y, to see the mean for every pair of two settings.")
                         : tr("No runs to show."));
  remark_.clear();
  showNote();
}

void RunChartsView::fillAxesMenu() {
  axesMenu_->clear();
  if (!values_) return;
  const auto shown = parallelColumns();
  for (int column = 0; column < int(values_->columns.size()); ++column) {
    const QString name = values_->columns[size_t(column)].name;
    auto* action = axesMenu_->addAction(QString(name).replace(QLatin1Char('&'), QLatin1String("&&")));
    action->setCheckable(true);
    action->setChecked(std::ranges::find(shown, column) != shown.end());
    connect(action, &QAction::toggled, this, [this, name](bool on) {
      if (!axesChosen_) {
        axes_.clear();
        for (const int each : parallelColumns()) axes_ << values_->columns[size_t(each)].name;
        axesChosen_ = true;
      }
      axes_.removeAll(name);
      if (on) axes_ << name;
      applyFields();
    });
  }
}

void RunChartsView::showNote() {
  QStringList parts;
  if (!progress_.isEmpty()) parts << progress_;
  QString note;
  switch (kind()) {
    case Kind::Points:
      note = points_->note();
      break;
    case Kind::Parallel:
      note = parallel_->note();
      break;
    case Kind::Map:
      note = map_->note();
      break;
    case Kind::Correlation:
      note = correlations_->rowCount() == 0
                 ? tr("No setting varies among the runs that have a %1.").arg(result())
                 : tr("Spearman's rank correlation of each setting with %1, over the runs that have both. Settings "
                      "that never vary are left out.")
                       .arg(result());
      break;
  }
  if (!note.isEmpty()) parts << note;
  if (!remark_.isEmpty()) parts << remark_;
  note_->setText(parts.join(QStringLiteral(" · ")));
  tickBrushed_->setEnabled(parallel_->hasBrush());
}

void RunChartsView::tick(const std::vector<qint64>& runs, bool add) {
  auto some = runs;
  if (some.size() > kMostTicked) some.resize(kMostTicked);
  remark_ = runs.empty() ? tr("no run lies there")
            : some.size() < runs.size()
                ? tr("%1 runs lie there; the first %2 are ticked").arg(text::steps(std::ssize(runs))).arg(some.size())
                : tr("%1 ticked").arg(text::runs(std::ssize(runs)));
  showNote();
  if (!runs.empty()) emit tickRequested(some, add);
}

QByteArray RunChartsView::saveChoices() const {
  QByteArray bytes;
  QDataStream out(&bytes, QIODevice::WriteOnly);
  out << kChoicesVersion << int(kind()) << result() << setting_->currentData().toString()
      << third_->currentData().toString() << logResult_->isChecked() << logSetting_->isChecked()
      << logThird_->isChecked() << means_->isChecked() << axesChosen_ << axes_;
  return bytes;
}

void RunChartsView::restoreChoices(const QByteArray& choices) {
  QDataStream in(choices);
  int version = 0, kind = 0;
  QString result, setting, third;
  bool logResult = false, logSetting = false, logThird = false, means = false, axesChosen = false;
  QStringList axes;
  in >> version >> kind >> result >> setting >> third >> logResult >> logSetting >> logThird >> means >> axesChosen >>
      axes;
  if (version != kChoicesVersion || in.status() != QDataStream::Ok || kind < 0 || kind > int(Kind::Correlation)) return;
  // Fields that are not known yet are remembered as the boxes' first entries.
  for (const auto& [box, name] : {std::pair{result_, result}, {setting_, setting}, {third_, third}}) {
    const QSignalBlocker quiet(box);
    if (!name.isEmpty() && box->findData(name) < 0) box->addItem(name, name);
    box->setCurrentIndex(box->findData(name));
  }
  for (const auto& [box, on] :
       {std::pair{logResult_, logResult}, {logSetting_, logSetting}, {logThird_, logThird}, {means_, means}}) {
    const QSignalBlocker quiet(box);
    box->setChecked(on);
  }
  axesChosen_ = axesChosen;
  axes_ = axes;
  setKind(Kind(kind));
  applyFields();
}

}  // namespace scanline
