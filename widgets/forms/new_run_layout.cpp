// How NewRunPage lays out its three columns.
#include <QButtonGroup>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "core/spec/presets.h"
#include "widgets/forms/new_run_page.h"
#include "widgets/forms/preset_card.h"
#include "widgets/forms/source_row.h"
#include "widgets/forms/spec_form.h"
#include "widgets/forms/start_panel.h"
#include "widgets/parts/heading.h"
#include "widgets/parts/theme.h"
#include "widgets/parts/wrap_row.h"

namespace scanline {

namespace {

QString fromView(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

}  // namespace

QWidget* NewRunPage::makePresets() {
  auto* side = new QWidget;
  presets_ = side;
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(headingLabel(tr("Start from")));
  auto* list = new QWidget;
  auto* cards = new QVBoxLayout(list);
  cards->setContentsMargins(0, 0, 8, 0);
  cards->setSpacing(4);
  int id = 0;
  for (const auto& preset : presets()) {
    auto* card = new PresetCard(fromView(preset.title), fromView(preset.description));
    card->setObjectName(QStringLiteral("preset.") + fromView(preset.name));
    cards_->addButton(card, id++);
    cards->addWidget(card);
  }
  cards->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(list);
  layout->addWidget(scroll, 1);
  restore_->setText(tr("Bring back my changes"));
  restore_->setToolTip(tr("The settings that were typed here before, and not started"));
  restore_->hide();
  layout->addWidget(restore_, 0, Qt::AlignLeft);
  load_->setToolTip(tr("Fill the form from a TOML file"));
  save_->setToolTip(tr("Write these settings to a TOML file with comments"));
  layout->addWidget(new WrapRow(load_, save_, WrapRow::Second::Close));  // longer words need a line each
  connect(load_, &QPushButton::clicked, this, &NewRunPage::loadFileRequested);
  connect(save_, &QPushButton::clicked, this, [this] { emit saveFileRequested(form_->specs().front()); });
  return side;
}

QWidget* NewRunPage::makeForm() {
  auto* middle = new QWidget;
  auto* layout = new QVBoxLayout(middle);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  auto* line = new QHBoxLayout;
  line->setContentsMargins(16, 0, 16, 0);
  line->setSpacing(8);
  baseLabel_->setWordWrap(true);
  line->addWidget(baseLabel_, 1);
  find_->setPlaceholderText(tr("Find a setting"));
  find_->setAccessibleName(tr("Find a setting"));
  find_->setToolTip(tr("Shows the settings whose name or explanation has these words (Ctrl+Shift+F)"));
  find_->setObjectName(QStringLiteral("findSetting"));
  find_->setClearButtonEnabled(true);
  find_->setMaximumWidth(176);
  line->addWidget(find_);
  look_->setToolTip(tr("Show the images that such a run learns from, as they are and in its palette"));
  line->addWidget(look_);
  connect(look_, &QPushButton::clicked, this, [this] { emit dataRequested(form_->specs().front()); });
  layout->addLayout(line);
  for (QLabel* label : {notice_, found_}) {
    label->setWordWrap(true);
    label->setContentsMargins(16, 0, 16, 0);
    label->hide();
    layout->addWidget(label);
  }
  notice_->setObjectName(QStringLiteral("notice"));
  notice_->setForegroundRole(QPalette::BrightText);
  found_->setObjectName(QStringLiteral("found"));
  found_->setForegroundRole(QPalette::PlaceholderText);
  layout->addWidget(source_);
  layout->addWidget(form_, 1);
  return middle;
}

QWidget* NewRunPage::makeSide() {
  auto* side = new QWidget;
  side_ = side;
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(panel_, 1);
  problems_->setObjectName(QStringLiteral("problems"));
  problems_->setToolTip(tr("Go to the first of them"));
  layout->addWidget(problems_);
  ownProcess_->setObjectName(QStringLiteral("ownProcess"));
  ownProcess_->setToolTip(
      tr("It goes on while the window is closed, and if it crashes; the window shows it as any other. "
         "It takes a second longer to start"));
  layout->addWidget(ownProcess_);
  onCluster_->setObjectName(QStringLiteral("onCluster"));
  onCluster_->setToolTip(tr("It is submitted to Slurm, as File > Cluster says, and shown here while it trains there"));
  onCluster_->hide();
  connect(onCluster_, &QCheckBox::toggled, ownProcess_, &QWidget::setDisabled);
  layout->addWidget(onCluster_);
  start_->setObjectName(QStringLiteral("start"));
  start_->setMinimumHeight(36);
  start_->setToolTip(
      tr("The next to run, before those that wait: at once if nothing trains here, else when that has "
         "ended (Enter)"));
  queue_->setObjectName(QStringLiteral("queue"));
  queue_->setToolTip(tr("To the end of the queue, after those that wait already (Ctrl+Enter)"));
  layout->addWidget(start_);
  cancel_->setToolTip(tr("Leave the form (Escape); your changes can be brought back"));
  auto* line = new QHBoxLayout;
  line->setSpacing(8);
  line->addWidget(queue_, 1);
  line->addWidget(cancel_);
  layout->addLayout(line);
  connect(start_, &QPushButton::clicked, this, &NewRunPage::start);
  connect(queue_, &QPushButton::clicked, this, &NewRunPage::enqueue);
  connect(cancel_, &QPushButton::clicked, this, &NewRunPage::leave);
  return side;
}

void NewRunPage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  constexpr int kRoomy = 1120;
  presets_->setFixedWidth(width() >= kRoomy ? 240 : 200);
  side_->setFixedWidth(width() >= kRoomy ? 248 : 208);
}

void NewRunPage::applyColours() {
  const Theme theme(palette());
  start_->setStyleSheet(
      QStringLiteral("QPushButton { background: %1; color: %2; border: none; border-radius: 4px; font-weight: bold; }"
                     "QPushButton:hover, QPushButton:focus { background: %3; }"
                     "QPushButton:disabled { background: %4; color: %5; }")
          .arg(theme.accent.name(), theme.accentText.name(),
               (theme.dark ? theme.accent.lighter(112) : theme.accent.darker(112)).name(), theme.line.name(),
               theme.mutedText.name()));
  problems_->setStyleSheet(QStringLiteral("QPushButton { color: %1; border: none; text-align: left; padding: 4px 0; }"
                                          "QPushButton:hover, QPushButton:focus { text-decoration: underline; }")
                               .arg(palette().color(QPalette::BrightText).name()));
  restore_->setStyleSheet(QStringLiteral("QPushButton { color: %1; border: none; text-align: left; padding: 4px 0; }"
                                         "QPushButton:hover, QPushButton:focus { text-decoration: underline; }")
                              .arg(theme.accent.name()));
}

}  // namespace scanline
