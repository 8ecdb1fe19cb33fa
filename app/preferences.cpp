#include "app/preferences.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <thread>

#include "app/folder_dialog.h"
#include "core/store/run_store.h"

namespace scanline {

Preferences::Preferences(Settings& settings, QWidget* parent)
    : QDialog(parent), settings_(settings), theme_(new QComboBox(this)), lanes_(new QSpinBox(this)) {
  setWindowTitle(tr("Preferences"));
  for (const auto& [choice, name] :
       {std::pair{ThemeChoice::System, tr("As the desktop")}, std::pair{ThemeChoice::Light, tr("Light")},
        std::pair{ThemeChoice::Dark, tr("Dark")}})
    theme_->addItem(name, static_cast<int>(choice));
  theme_->setCurrentIndex(theme_->findData(static_cast<int>(settings.theme())));
  theme_->setAccessibleName(tr("Theme"));
  connect(theme_, &QComboBox::currentIndexChanged, this, [this] {
    const auto choice = static_cast<ThemeChoice>(theme_->currentData().toInt());
    settings_.setTheme(choice);
    emit themeChanged(choice);
  });

  auto* threads = new QSpinBox(this);
  threads->setRange(0, std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  threads->setSpecialValueText(tr("All of the machine"));
  threads->setValue(settings.threads());
  threads->setAccessibleName(tr("Threads of new runs"));
  connect(threads, &QSpinBox::valueChanged, this, [this](int value) { settings_.setThreads(value); });

  auto* folder = new QLineEdit(settings.defaultWorkspace(), this);
  folder->setPlaceholderText(tr("The desktop's data folder"));
  folder->setAccessibleName(tr("Workspace at the start"));
  folder->setMinimumWidth(280);
  connect(folder, &QLineEdit::editingFinished, this,
          [this, folder] { settings_.setDefaultWorkspace(folder->text().trimmed()); });
  auto* browse = new QPushButton(tr("Choose…"), this);
  browse->setAccessibleName(tr("Choose the workspace at the start"));
  connect(browse, &QPushButton::clicked, this, [this, folder] {
    const QString chosen = chooseFolder(this, tr("Workspace at the start"), folder->text());
    if (chosen.isEmpty()) return;
    folder->setText(chosen);
    settings_.setDefaultWorkspace(chosen);
  });
  auto* folderRow = new QHBoxLayout;
  folderRow->addWidget(folder, 1);
  folderRow->addWidget(browse);

  auto* own = new QCheckBox(tr("Train in a process of their own"), this);
  own->setToolTip(
      tr("They go on while the window is closed, and if it crashes; the form of a new run can say otherwise"));
  own->setChecked(settings.ownProcess());
  connect(own, &QCheckBox::toggled, this, [this](bool on) { settings_.setOwnProcess(on); });
  lanes_->setRange(0, static_cast<int>(RunStore::kMostLanes));
  lanes_->setSpecialValueText(tr("One, or one for each GPU"));  // 0
  lanes_->setEnabled(false);
  lanes_->setKeyboardTracking(false);  // of "12", 1 is no choice
  lanes_->setToolTip(tr(
      "In all windows and terminals on this workspace. Without a GPU one run trains: on one processor, runs slow each other down"));
  lanes_->setAccessibleName(tr("Runs at the same time"));
  connect(lanes_, &QSpinBox::valueChanged, this, [this](int value) {
    if (lanes_->isEnabled()) emit lanesChanged(value);
  });

  auto* notifies = new QCheckBox(tr("Show a notification of the desktop when a run ends or is in trouble"), this);
  notifies->setToolTip(tr("While another window has the keyboard"));
  notifies->setChecked(settings.notifies());
  connect(notifies, &QCheckBox::toggled, this, [this](bool on) { settings_.setNotifies(on); });
  auto* stops = new QCheckBox(tr("Stop a run whose loss becomes NaN or infinite, or rises"), this);
  stops->setToolTip(tr("It writes a checkpoint and can be resumed"));
  stops->setChecked(settings.stopsDiverging());
  connect(stops, &QCheckBox::toggled, this, [this](bool on) { settings_.setStopsDiverging(on); });

  auto* form = new QFormLayout;
  form->setSpacing(12);
  form->addRow(tr("Theme"), theme_);
  form->addRow(tr("Threads of new runs"), threads);
  form->addRow(tr("New runs"), own);
  form->addRow(tr("Runs at the same time"), lanes_);
  form->addRow(tr("Workspace at the start"), folderRow);
  form->addRow(tr("Alerts"), notifies);
  form->addRow(QString(), stops);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  // A default button would look as if it had the keyboard.
  for (QPushButton* button : {browse, buttons->button(QDialogButtonBox::Close)}) button->setAutoDefault(false);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 12);
  column->setSpacing(16);
  column->addLayout(form);
  column->addWidget(buttons);
}

void Preferences::showTheme() {
  const QSignalBlocker quiet(theme_);  // it is chosen already
  theme_->setCurrentIndex(theme_->findData(int(settings_.theme())));
}

void Preferences::setLanes(int lanes) {
  lanes_->setEnabled(false);  // no person changes it
  lanes_->setValue(lanes);
  lanes_->setEnabled(true);
}

}  // namespace scanline
