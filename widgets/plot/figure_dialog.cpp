#include "widgets/plot/figure_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QImage>
#include <QLabel>
#include <QPixmap>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "widgets/parts/wheel_focus.h"

namespace scanline {

namespace {

constexpr int kPreviewWidth = 420, kPreviewHeight = 320;

struct Preset {
  const char* name;
  double widthMm, heightMm, fontPt;
};
constexpr std::array kPresets{
    Preset{QT_TRANSLATE_NOOP("scanline::FigureDialog", "As wide as a page"), 170, 110, 9},
    Preset{QT_TRANSLATE_NOOP("scanline::FigureDialog", "One column of two"), 85, 60, 8},
    Preset{QT_TRANSLATE_NOOP("scanline::FigureDialog", "Two columns, low"), 175, 65, 8},
    Preset{QT_TRANSLATE_NOOP("scanline::FigureDialog", "Slide"), 240, 135, 14},
};

}  // namespace

FigureDialog::FigureDialog(std::function<Figure()> figure, QWidget* parent)
    : QDialog(parent),
      figure_(std::move(figure)),
      before_(figureSettings()),
      presets_(new QComboBox(this)),
      width_(makeBox(tr("Width"), tr(" mm"), 20, 1000, before_.widthMm)),
      height_(makeBox(tr("Height"), tr(" mm"), 20, 1000, before_.heightMm)),
      font_(makeBox(tr("Letters"), tr(" pt"), 4, 40, before_.fontPt)),
      preview_(new QLabel(this)) {
  setWindowTitle(tr("Size and letters of pictures"));
  for (const Preset& preset : kPresets)
    presets_->addItem(tr("%1, %2 × %3 mm").arg(tr(preset.name)).arg(preset.widthMm).arg(preset.heightMm));
  presets_->addItem(tr("Own size"));
  presets_->setObjectName(QStringLiteral("preset"));
  presets_->setAccessibleName(tr("Size"));
  needFocusForWheel(presets_);
  const auto same = std::ranges::find_if(kPresets, [this](const Preset& preset) {
    return preset.widthMm == before_.widthMm && preset.heightMm == before_.heightMm && preset.fontPt == before_.fontPt;
  });
  presets_->setCurrentIndex(int(same - kPresets.begin()));
  auto* form = new QFormLayout;
  form->addRow(tr("Size"), presets_);
  form->addRow(tr("Width"), width_);
  form->addRow(tr("Height"), height_);
  form->addRow(tr("Letters"), font_);
  preview_->setFixedSize(kPreviewWidth, kPreviewHeight);
  preview_->setAlignment(Qt::AlignCenter);
  preview_->setAccessibleName(tr("Preview"));
  auto* row = new QHBoxLayout;
  row->setSpacing(16);
  row->addLayout(form);
  row->addWidget(preview_);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  connect(buttons, &QDialogButtonBox::accepted, this, &FigureDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &FigureDialog::reject);
  auto* column = new QVBoxLayout(this);
  column->addLayout(row);
  column->addWidget(buttons);
  connect(presets_, &QComboBox::activated, this, &FigureDialog::choosePreset);
  showPreview();
}

QDoubleSpinBox* FigureDialog::makeBox(const QString& name, const QString& unit, double least, double most,
                                      double value) {
  auto* box = new QDoubleSpinBox(this);
  box->setObjectName(name.toLower());
  box->setAccessibleName(name);
  box->setRange(least, most);
  box->setDecimals(1);
  box->setSuffix(unit);
  box->setValue(value);
  needFocusForWheel(box);
  connect(box, &QDoubleSpinBox::valueChanged, this, [this] {
    presets_->setCurrentIndex(int(kPresets.size()));
    apply();
  });
  return box;
}

void FigureDialog::choosePreset(int index) {
  if (index < 0 || index >= int(kPresets.size())) return;
  const Preset& preset = kPresets[size_t(index)];
  width_->setValue(preset.widthMm);
  height_->setValue(preset.heightMm);
  font_->setValue(preset.fontPt);
  presets_->setCurrentIndex(index);
}

void FigureDialog::apply() {
  figureSettings().widthMm = width_->value();
  figureSettings().heightMm = height_->value();
  figureSettings().fontPt = font_->value();
  showPreview();
}

void FigureDialog::showPreview() {
  const Figure figure = figure_();
  const double scale =
      std::min({2.0, double(kPreviewWidth) / figure.size.width(), double(kPreviewHeight) / figure.size.height()});
  const double dots = devicePixelRatioF();
  QImage image = figureImage(figure, paperTheme(), scale * dots);
  image.setDevicePixelRatio(dots);
  preview_->setPixmap(QPixmap::fromImage(image));
}

void FigureDialog::accept() {
  apply();
  QDialog::accept();
}

void FigureDialog::reject() {
  figureSettings().widthMm = before_.widthMm;
  figureSettings().heightMm = before_.heightMm;
  figureSettings().fontPt = before_.fontPt;
  QDialog::reject();
}

}  // namespace scanline
