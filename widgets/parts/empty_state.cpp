#include "widgets/parts/empty_state.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/parts/completion_art.h"
#include "widgets/parts/theme.h"

namespace scanline {

namespace {

QLabel* centredLabel(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setAlignment(Qt::AlignCenter);
  label->setWordWrap(true);
  return label;
}

}  // namespace

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent),
      mark_(centredLabel(this)),
      title_(centredLabel(this)),
      sentence_(centredLabel(this)),
      promise_(centredLabel(this)),
      links_(centredLabel(this)),
      art_(new CompletionArt(this)),
      start_(new QPushButton(tr("Start the quick start"), this)) {
  title_->setText(tr("Teach a model to see by letting it paint"));
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.7);
  large.setWeight(QFont::DemiBold);
  title_->setFont(large);
  sentence_->setText(tr(
      "Scanline trains image GPTs: transformers that learn pictures pixel by pixel, without labels. Watch the loss fall, see which layers learn to tell the classes apart, and give the model half a picture to complete."));
  promise_->setText(tr("Handwritten digits, about a minute on this computer. No GPU, no network."));
  for (QLabel* label : {sentence_, promise_}) label->setForegroundRole(QPalette::PlaceholderText);
  start_->setDefault(true);
  start_->setMinimumHeight(40);
  start_->setCursor(Qt::PointingHandCursor);
  links_->setTextFormat(Qt::RichText);
  links_->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  links_->setAccessibleName(tr("Other ways to begin"));

  // Text as wide as it reads well, in the middle; labels fill it, so that they know their height.
  auto* row = new QHBoxLayout(this);
  auto* middle = new QWidget(this);
  middle->setMaximumWidth(600);
  row->addStretch(1);
  row->addWidget(middle, 100);
  row->addStretch(1);
  auto* column = new QVBoxLayout(middle);
  column->setContentsMargins(24, 24, 24, 24);
  column->setSpacing(0);
  const auto add = [&](QWidget* widget, int gapBelow, Qt::Alignment alignment = {}) {
    column->addWidget(widget, 0, alignment);
    column->addSpacing(gapBelow);
  };
  column->addStretch(3);
  add(mark_, 16);
  add(title_, 10);
  add(sentence_, 28);
  add(art_, 32);
  add(start_, 10, Qt::AlignHCenter);
  add(promise_, 20);
  add(links_, 0);
  column->addStretch(4);
  restyle();

  connect(start_, &QPushButton::clicked, this, &EmptyState::quickStartRequested);
  connect(links_, &QLabel::linkActivated, this, [this](const QString& link) {
    link == QLatin1String("new") ? emit newRunRequested() : emit openWorkspaceRequested();
  });
}

void EmptyState::setAnimated(bool animated) {
  art_->setAnimated(animated);
}

void EmptyState::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) restyle();
}

void EmptyState::restyle() {
  const Theme theme(palette());
  mark_->setPixmap(QIcon(QStringLiteral(":/icons/scanline.svg")).pixmap(QSize(72, 72), devicePixelRatioF()));
  start_->setStyleSheet(
      QStringLiteral(
          "QPushButton { background: %1; color: %2; border: none; border-radius: 6px; padding: 0 28px; font-weight: 600; } QPushButton:hover { background: %3; }QPushButton:focus { border: 2px solid %4; }QPushButton:disabled { background: %5; color: %6; }")
          .arg(theme.accent.name(), theme.accentText.name(), theme.accent.lighter(theme.dark ? 112 : 118).name(),
               theme.text.name(), theme.line.name(), theme.mutedText.name()));
  links_->setText(
      QStringLiteral(
          "<a href='new' style='color:%1; text-decoration:none'>%2</a><span style='color:%3'>&nbsp;&nbsp;·&nbsp;&nbsp;</span><a href='open' style='color:%1; text-decoration:none'>%4</a>")
          .arg(theme.accent.name(), tr("New run…"), theme.line.name(), tr("Open another workspace…")));
}

}  // namespace scanline
