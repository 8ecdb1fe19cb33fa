// One panel: what is drawn, kept and asked for passes between its parts. Its settings are in draw_settings.cpp.
#include "widgets/studio/draw_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>
#include <span>

#include "widgets/parts/number_text.h"
#include "widgets/studio/draw_settings.h"
#include "widgets/studio/picture_tiles.h"
#include "widgets/studio/question_panel.h"
#include "widgets/studio/share_line.h"

namespace scanline {

namespace {

/// The picture with the tokens that are not drawn yet left out.
QImage shown(const StudioDrawing& drawing, size_t candidate) {
  const StudioPicture& picture = drawing.candidates[candidate];
  const size_t n = picture.tokens.size();
  const std::span all(drawing.isDone);
  const auto isDone = all.size() == drawing.candidates.size() * n ? all.subspan(candidate * n, n) : all;
  QImage image = picture.image();
  if (isDone.size() != picture.tokens.size() || std::ranges::find(isDone, 0) == isDone.end()) return image;
  image = image.convertToFormat(QImage::Format_ARGB32_Premultiplied);
  const int stride = picture.stride;
  for (qint64 i = 0; i < picture.count(); ++i) {
    if (isDone[static_cast<size_t>(i)] != 0) continue;
    const QPoint at = picture.cellOf(i) * stride;
    for (int y = at.y(); y < at.y() + stride; ++y) {
      auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
      std::fill(line + at.x(), line + at.x() + stride, 0U);
    }
  }
  return image;
}

/// Scrolls down where it is too low, and is never narrower than its content.
class DownScroll : public QScrollArea {
 public:
  explicit DownScroll(QWidget* content) {
    setFrameShape(NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setWidget(content);
  }
  QSize minimumSizeHint() const override {
    return {widget()->minimumSizeHint().width() + verticalScrollBar()->sizeHint().width(), 160};
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (watched == widget() && event->type() == QEvent::LayoutRequest) updateGeometry();
    return QScrollArea::eventFilter(watched, event);
  }
};

}  // namespace

DrawPanel::DrawPanel(QWidget* parent)
    : QWidget(parent),
      settings_(new DrawSettings),
      draw_(new QPushButton(tr("Draw"))),
      words_(noteLabel()),
      progress_(new QProgressBar),
      candidates_(new PictureTiles(tr("Candidates"))),
      shares_(new ShareLine),
      afterPart_(makeAfter()),
      pinPart_(makePins()) {
  auto* content = new QWidget;
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(new DownScroll(content));
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(12, 12, 12, 12);
  column->setSpacing(8);
  column->addWidget(settings_);
  column->addWidget(makeButtons());
  candidates_->setObjectName(QStringLiteral("candidateTiles"));
  candidates_->setStars(true);
  candidates_->setCaptionRoom(true);
  candidates_->setWidths(48, 192);
  candidates_->setMinimumHeight(148);
  shares_->setObjectName(QStringLiteral("shares"));
  column->addWidget(candidates_, 1);
  column->addWidget(shares_);
  column->addWidget(afterPart_);
  column->addWidget(pinPart_);
  connect(candidates_, &PictureTiles::chosen, this, &DrawPanel::candidateChosen);
  connect(candidates_, &PictureTiles::starToggled, this, &DrawPanel::toggleStar);
  connect(candidates_, &PictureTiles::menuRequested, this, &DrawPanel::showMenu);
  connect(candidates_, &PictureTiles::hovered, shares_, &ShareLine::setCandidate);
  showState();
  showCandidates();
  showPins();
}

QWidget* DrawPanel::makeButtons() {
  draw_->setObjectName(QStringLiteral("draw"));
  draw_->setMinimumWidth(draw_->fontMetrics().horizontalAdvance(tr("Draw")) + 48);
  connect(draw_, &QPushButton::clicked, this, [this] { busy_ ? emit stopRequested() : emit drawRequested(); });
  words_->setObjectName(QStringLiteral("drawWords"));
  words_->setMinimumHeight(2 * words_->fontMetrics().lineSpacing());  // the candidates stay where they are
  progress_->setObjectName(QStringLiteral("drawProgress"));
  progress_->setTextVisible(false);
  progress_->setFixedHeight(4);
  progress_->setAccessibleName(tr("Pixels drawn"));
  QSizePolicy kept = progress_->sizePolicy();
  kept.setRetainSizeWhenHidden(true);
  progress_->setSizePolicy(kept);
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  auto* row = new QHBoxLayout;
  row->setSpacing(12);
  row->addWidget(draw_, 0, Qt::AlignTop);
  row->addWidget(words_, 1);
  column->addLayout(row);
  column->addWidget(progress_);
  return part;
}

/// For the candidates of a drawing that has ended.
QWidget* DrawPanel::makeAfter() {
  auto* memorised = new QPushButton(tr("Memorised?"));
  memorised->setObjectName(QStringLiteral("askMemorised"));
  memorised->setToolTip(tr("Put the chosen candidate onto the canvas and look for its nearest training pictures"));
  auto* sheet = new QPushButton(tr("Save sheet…"));
  sheet->setObjectName(QStringLiteral("saveSheet"));
  sheet->setToolTip(tr("All candidates as one PNG picture, with their nats per pixel below"));
  connect(memorised, &QPushButton::clicked, this,
          [this] { emit memorisedRequested(std::max(0, candidates_->current())); });
  connect(sheet, &QPushButton::clicked, this, &DrawPanel::sheetRequested);
  auto* part = new QWidget;
  auto* row = new QHBoxLayout(part);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(memorised);
  row->addWidget(sheet);
  row->addStretch(1);
  return part;
}

void DrawPanel::showMenu(int candidate, const QPoint& globalPlace) {
  const bool isDone = !busy_ && !drawing_.nats.empty();
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Put onto the canvas"), this, [this, candidate] { emit candidateChosen(candidate); });
  menu->addAction(pinOf(candidate) >= 0 ? tr("No longer keep with the run") : tr("Keep with the run"), this,
                  [this, candidate] { toggleStar(candidate); });
  menu->addAction(tr("Nearest training pictures"), this, [this, candidate] { emit memorisedRequested(candidate); });
  menu->addSeparator();
  menu->addAction(tr("Copy picture"), this, [this, candidate] {
    const auto at = static_cast<size_t>(candidate);  // the drawing may be gone while the menu is open
    if (at < drawing_.candidates.size()) QApplication::clipboard()->setImage(shown(drawing_, at));
  });
  menu->addAction(tr("Save all as a sheet…"), this, &DrawPanel::sheetRequested);
  for (QAction* action : menu->actions()) action->setEnabled(isDone);
  menu->popup(globalPlace);
}

QWidget* DrawPanel::makePins() {
  pinTitle_ = partTitle(tr("Pinned"));
  pinWords_ = noteLabel();
  pinWords_->setObjectName(QStringLiteral("pinWords"));
  pinTiles_ = new PictureTiles(tr("Pinned drawings"));
  pinTiles_->setObjectName(QStringLiteral("pins"));
  pinTiles_->setWidths(40, 56);
  pinTiles_->setMostRows(2);
  pinTiles_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
  again_ = new QPushButton(tr("Draw again"));
  again_->setObjectName(QStringLiteral("drawAgain"));
  again_->setToolTip(tr("By its own checkpoint, mask, settings and seed"));
  remove_ = new QPushButton(tr("Unpin"));
  remove_->setObjectName(QStringLiteral("unpin"));
  remove_->setToolTip(tr("No longer keep it with the run (Del)"));
  note_ = new QLineEdit;
  note_->setObjectName(QStringLiteral("pinNote"));
  note_->setPlaceholderText(tr("Note on this drawing"));
  note_->setAccessibleName(tr("Note on the pinned drawing"));
  connect(note_, &QLineEdit::editingFinished, this, &DrawPanel::noteEdited);
  const auto current = [this] { return static_cast<size_t>(pinTiles_->current()); };
  connect(pinTiles_, &PictureTiles::chosen, this, [this](int index) {
    showPins();
    emit pinChosen(index);
  });
  connect(pinTiles_, &PictureTiles::removeRequested, this,
          [this](int index) { emit unpinRequested(pins_[static_cast<size_t>(index)].id); });
  connect(again_, &QPushButton::clicked, this, [this, current] { emit drawAgainRequested(pins_[current()].id); });
  connect(remove_, &QPushButton::clicked, this, [this, current] { emit unpinRequested(pins_[current()].id); });
  auto* part = new QWidget;
  auto* column = new QVBoxLayout(part);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(pinTitle_);
  column->addWidget(pinTiles_);
  column->addWidget(pinWords_);
  column->addWidget(note_);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(again_);
  row->addWidget(remove_);
  row->addStretch(1);
  column->addLayout(row);
  return part;
}

void DrawPanel::setModel(const ModelFacts& facts) {
  settings_->setModel(facts);
}

void DrawPanel::setHindrance(const QString& sentence) {
  if (sentence == hindrance_) return;
  hindrance_ = sentence;
  showState();
}

void DrawPanel::setAsked(const DrawRequest& request, const StudioPicture& given) {
  request_ = request;
  busy_ = true;
  drawing_ = {};
  drawing_.candidates.assign(static_cast<size_t>(request.candidates), given);
  drawing_.isDone.resize(request.paint.size());
  std::ranges::transform(request.paint, drawing_.isDone.begin(), [](uint8_t paints) { return paints == 0 ? 1 : 0; });
  drawing_.total = std::ranges::count(request.paint, 1);
  candidates_->setCurrent(-1);
  showCandidates();
  showState();
}

void DrawPanel::setDrawing(const StudioDrawing& drawing) {
  const bool same = drawing.candidates.size() == drawing_.candidates.size() && drawing.nats.empty();
  drawing_ = drawing;
  if (same) {
    std::vector<QImage> images;
    for (size_t i = 0; i < drawing_.candidates.size(); ++i) images.push_back(shown(drawing_, i));
    candidates_->setImages(std::move(images));
  } else {
    showCandidates();
  }
  showState();
}

void DrawPanel::setEnded(const QString& words) {
  busy_ = false;
  ended_ = words;
  showCandidates();
  showState();
}

void DrawPanel::forget() {
  busy_ = false;
  ended_.clear();
  drawing_ = {};
  showCandidates();
  showState();
}

QString DrawPanel::candidateWords(size_t index) const {
  QString words = tr("Candidate %1").arg(index + 1);
  if (index < drawing_.nats.size())
    words += tr(" · %1 nats per pixel, a mean over the masked ones").arg(text::nats(drawing_.nats[index]));
  return words + tr(" · a click puts it onto the canvas");
}

void DrawPanel::showCandidates() {
  std::vector<PictureTiles::Tile> tiles;
  for (size_t i = 0; i < drawing_.candidates.size(); ++i)
    tiles.push_back({shown(drawing_, i), i < drawing_.nats.size() ? text::nats(drawing_.nats[i]) : QString(),
                     candidateWords(i), pinOf(static_cast<int>(i)) >= 0});
  candidates_->setStars(!drawing_.nats.empty() && !busy_);
  afterPart_->setVisible(!drawing_.nats.empty() && !busy_);
  candidates_->setTiles(std::move(tiles));
  candidates_->setEmptyText(tr("Candidates appear here while the model draws them."));
  shares_->setShares(drawing_.effectiveShare, static_cast<qint64>(drawing_.candidates.size()), request_.particles);
  shares_->setVisible(!shares_->isEmpty());
}

void DrawPanel::showState() {
  draw_->setText(busy_ ? tr("Stop") : tr("Draw"));
  draw_->setToolTip(busy_ ? tr("Stop drawing (Esc)") : tr("Draw the masked pixels (Enter)"));
  draw_->setEnabled(busy_ || hindrance_.isEmpty());
  progress_->setVisible(busy_);
  progress_->setRange(0, static_cast<int>(drawing_.total));
  progress_->setValue(static_cast<int>(drawing_.done));
  again_->setEnabled(!busy_);
  if (busy_) {
    words_->setText(drawing_.done == 0
                        ? tr("Drawing…")
                        : tr("%1 of %2 pixels").arg(text::steps(drawing_.done), text::steps(drawing_.total)));
  } else {
    words_->setText(!hindrance_.isEmpty() ? hindrance_ : ended_);
  }
}

int DrawPanel::pinOf(int candidate) const {
  const auto at = static_cast<size_t>(candidate);
  if (at >= drawing_.candidates.size()) return -1;
  const auto found = std::ranges::find_if(pins_, [&](const StudioPin& pin) {
    return pin.candidate == candidate && pin.request.seed == request_.seed &&
           pin.picture.tokens == drawing_.candidates[at].tokens;
  });
  return found == pins_.end() ? -1 : static_cast<int>(found - pins_.begin());
}

void DrawPanel::toggleStar(int candidate) {
  const int pin = pinOf(candidate);
  pin < 0 ? emit pinRequested(candidate) : emit unpinRequested(pins_[static_cast<size_t>(pin)].id);
}

void DrawPanel::setPins(std::vector<StudioPin> pins) {
  pins_ = std::move(pins);
  std::vector<PictureTiles::Tile> tiles;
  for (const StudioPin& pin : pins_)
    tiles.push_back({pin.picture.image(), QString(),
                     tr("%1 nats · step %2").arg(text::nats(pin.nats), text::steps(pin.step)) +
                         (pin.note.isEmpty() ? QString() : QStringLiteral(" · ") + pin.note)});
  pinTiles_->setTiles(std::move(tiles));
  showPins();
  showCandidates();
}

void DrawPanel::showPins() {
  const bool any = !pins_.empty();
  pinPart_->setVisible(any);
  const int current = pinTiles_->current();
  again_->setVisible(current >= 0);
  remove_->setVisible(current >= 0);
  const bool isChosen = current >= 0 && current < static_cast<int>(pins_.size());
  showNote(isChosen ? &pins_[static_cast<size_t>(current)] : nullptr);
  pinTitle_->setText(any ? tr("Pinned (%1)").arg(pins_.size()) : tr("Pinned"));
  if (!isChosen) {
    pinWords_->setText(tr("Kept with the run. A click shows one with its mask and settings."));
    return;
  }
  const StudioPin& pin = pins_[static_cast<size_t>(current)];
  QStringList parts{tr("step %1").arg(text::steps(pin.step)), tr("seed %1").arg(pin.request.seed),
                    tr("temperature %1").arg(text::number(pin.request.temperature)),
                    tr("%1 nats").arg(text::nats(pin.nats))};
  if (pin.request.topK > 0) parts << tr("top-k %1").arg(pin.request.topK);
  if (pin.request.topP < 1) parts << tr("top-p %1").arg(text::number(pin.request.topP));
  if (pin.request.conditioned) parts << tr("%1 particles").arg(pin.request.particles);
  if (pin.request.bf16Cache) parts << tr("cache in bfloat16");
  if (pin.request.passes > 1) parts << tr("%1 passes").arg(pin.request.passes);
  if (pin.createdMs > 0) parts << text::dateTime(pin.createdMs);
  pinWords_->setText(parts.join(QStringLiteral(" · ")));
}

/// Words that are being written stay as they are.
void DrawPanel::showNote(const StudioPin* pin) {
  note_->setVisible(pin != nullptr);
  const qint64 id = pin ? pin->id : 0;
  if (id == noted_ && note_->hasFocus() && note_->isModified()) return;
  noted_ = id;
  note_->setText(pin ? pin->note : QString());
}

void DrawPanel::noteEdited() {
  const auto pin = std::ranges::find(pins_, noted_, &StudioPin::id);
  const QString words = note_->text().trimmed();
  note_->setModified(false);
  if (pin == pins_.end() || words == pin->note) return;
  pin->note = words;  // a second Enter writes it no second time
  emit pinNoteChanged(noted_, words);
}

}  // namespace scanline
