// The controls of the page of charts of runs.
#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <algorithm>
#include <array>

#include "widgets/pages/run_charts_view.h"
#include "widgets/parts/segmented_control.h"
#include "widgets/parts/wheel_focus.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

/// As wide as the name of a summary, narrower where the window is.
class FieldBox : public QComboBox {
 public:
  using QComboBox::QComboBox;
  QSize minimumSizeHint() const override {
    constexpr int kLeast = 84;
    return {std::min(kLeast, QComboBox::minimumSizeHint().width()), QComboBox::minimumSizeHint().height()};
  }
};

}  // namespace

QComboBox* RunChartsView::makeFieldBox(const char* name, const QString& help) {
  auto* box = new FieldBox(this);
  needFocusForWheel(box);
  box->setObjectName(QString::fromLatin1(name));
  box->setAccessibleName(help);
  box->setToolTip(help);
  // With a hundred fields, typing a part of a name finds it.
  box->setEditable(true);
  box->setInsertPolicy(QComboBox::NoInsert);
  box->completer()->setFilterMode(Qt::MatchContains);
  box->completer()->setCompletionMode(QCompleter::PopupCompletion);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(18);
  box->setMaxVisibleItems(20);
  connect(box, &QComboBox::currentIndexChanged, this, [this] {
    applyKind();
    applyFields();
    emit fieldsChanged();
  });
  // Words that name no field give way to the field that is shown.
  connect(box->lineEdit(), &QLineEdit::editingFinished, this, [box] {
    const int at = box->findText(box->currentText(), Qt::MatchFixedString);
    if (at >= 0) box->setCurrentIndex(at);
    box->setEditText(box->itemText(box->currentIndex()));
  });
  return box;
}

QCheckBox* RunChartsView::makeSwitch(const char* name, const QString& text, const QString& help) {
  auto* box = new QCheckBox(text, this);
  box->setObjectName(QString::fromLatin1(name));
  box->setToolTip(help);
  box->setAccessibleName(help);
  connect(box, &QCheckBox::toggled, this, &RunChartsView::applyFields);
  return box;
}

QWidget* RunChartsView::makeToolbar() {
  result_ = makeFieldBox("result", tr("The number that is shown for each run"));
  setting_ = makeFieldBox("setting", tr("The setting or number along the horizontal axis"));
  third_ = makeFieldBox("third", tr("A third field: as the colour of the points, or the vertical axis of the map"));
  logResult_ = makeSwitch("logResult", tr("log y"), tr("Logarithmic vertical axis"));
  logSetting_ = makeSwitch("logSetting", tr("log x"), tr("Logarithmic horizontal axis"));
  logThird_ = makeSwitch("logThird", tr("log y"), tr("Bins of equal ratio on the vertical axis"));
  means_ = makeSwitch("means", tr("mean and band"),
                      tr("Means of runs that share x and colour, such as those of several seeds, with a band of one "
                         "standard deviation"));
  axesButton_ = new QToolButton(this);
  axesButton_->setText(tr("A&xes"));
  axesButton_->setObjectName(QStringLiteral("axes"));
  axesButton_->setToolTip(tr("Which fields have an axis"));
  axesButton_->setPopupMode(QToolButton::InstantPopup);
  axesButton_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  axesMenu_ = new QMenu(axesButton_);
  axesButton_->setMenu(axesMenu_);

  const std::array names{tr("Scatter"), tr("Parallel"), tr("Heat map"), tr("Correlation")};
  const std::array helps{tr("Any result against any setting, a point each run"),
                         tr("Parallel coordinates: an axis each field, a line each run"),
                         tr("The mean of a result for every pair of two settings"),
                         tr("How much each setting and a result go together")};
  for (size_t i = 0; i < names.size(); ++i) kinds_->add(int(i), names[i], helps[i]);
  connect(kinds_, &SegmentedControl::chosen, this, [this] {
    applyKind();
    emit fieldsChanged();
  });

  const std::array boxes{result_, setting_, third_};
  for (size_t i = 0; i < boxes.size(); ++i) {
    captions_[i] = new QLabel(this);
    captions_[i]->setBuddy(boxes[i]);
  }
  auto* bar = new QWidget(this);
  auto* column = new QHBoxLayout(bar);
  column->setContentsMargins(12, 0, 12, 0);
  auto* fields = new WrapRow(inGroup({captions_[0], result_, captions_[1], setting_, captions_[2], third_}),
                             inGroup({logSetting_, logResult_, logThird_, means_}), WrapRow::Second::Close);
  auto* whole = new WrapRow(inGroup({kinds_, axesButton_}), fields, WrapRow::Second::Close);
  column->addWidget(whole);
  rows_ = {fields, whole};
  return bar;
}

}  // namespace scanline
