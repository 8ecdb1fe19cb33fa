#include "app/mirror_refresh.h"

#include <QAction>
#include <QInputDialog>
#include <QMenu>

#include "app/deliver.h"
#include "core/base/error.h"
#include "core/base/new_folder.h"
#include "core/base/user_folders.h"
#include "core/jobs/mirror.h"

namespace scanline {

namespace {

constexpr int kRefreshMs = 60'000;

/// Keeps what was typed until it names a machine and a folder there.
class SourceDialog : public QInputDialog {
 public:
  explicit SourceDialog(QWidget* parent) : QInputDialog(parent) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("mirrorSource"));
    setWindowTitle(MirrorRefresh::tr("Mirror another machine’s workspace"));
    setLabelText(question());
  }

 protected:
  void accept() override {
    try {
      readMirrorSource(textValue().trimmed().toStdString());
    } catch (const Error& error) {
      return setLabelText(question() + QStringLiteral("\n\n") + QString::fromUtf8(error.what()));
    }
    QInputDialog::accept();
  }

 private:
  static QString question() {
    return MirrorRefresh::tr(
        "The machine as ssh knows it, and the folder of the workspace there: user@machine:/data/runs");
  }
};

}  // namespace

MirrorRefresh::MirrorRefresh(const QString& workspace, QWidget* window)
    : QObject(window), workspace_(workspace), window_(window) {
  timer_.setInterval(kRefreshMs);
  connect(&timer_, &QTimer::timeout, this, [this] { refresh(false); });
}

MirrorRefresh::~MirrorRefresh() = default;

void MirrorRefresh::addToMenu(QMenu& file) {
  file.addAction(tr("&Mirror another machine’s workspace…"), this, &MirrorRefresh::askForSource)
      ->setToolTip(tr("Shows its runs here, read-only, by ssh and rsync"));
  refresh_ = file.addAction(tr("Refresh the m&irror"), QKeySequence(Qt::Key_F5), this, [this] { refresh(true); });
  refresh_->setEnabled(false);
}

void MirrorRefresh::start() {
  refresh_->setEnabled(true);
  timer_.start();
  refresh(false);
}

void MirrorRefresh::askForSource() {
  auto* dialog = new SourceDialog(window_);
  connect(dialog, &QInputDialog::textValueSelected, this, &MirrorRefresh::make);
  dialog->open();
}

/// `work` gets a Control on the thread; `done` its result here.
template <class Work, class Done>
void MirrorRefresh::run(Work work, Done done, bool tellsTrouble) {
  if (isBusy_) return;
  isBusy_ = true;
  thread_ = std::jthread([self = QPointer<QObject>(this), this, work, done, tellsTrouble](const std::stop_token& stop) {
    try {
      const auto result = work(Control(stop));
      deliver(self, [this, done, result] {
        isBusy_ = wasTold_ = false;
        done(result);
      });
    } catch (const Stopped&) {
      // The window goes.
    } catch (const std::exception& problem) {
      deliver(self, [this, tellsTrouble, sentence = QString::fromUtf8(problem.what())] {
        isBusy_ = false;
        if (tellsTrouble || !std::exchange(wasTold_, true)) emit failed(sentence);
      });
    }
  });
}

void MirrorRefresh::make(const QString& source) {
  if (isBusy_) return emit failed(tr("A mirror is refreshed just now. Try again in a moment."));
  emit told(tr("The workspace %1 is being copied. It opens when it is there.").arg(source.trimmed()));
  run(
      [text = source.trimmed().toStdString()](const Control& control) {
        const auto folder = userDataFolder() / "mirrors" / safeFileName(text);
        makeMirror(folder, readMirrorSource(text));
        refreshMirror(folder, control);
        return QString::fromStdString(folder.string());
      },
      [this](const QString& folder) { emit made(folder); }, true);
}

void MirrorRefresh::refresh(bool isAsked) {
  run([mirror = workspace_.toStdString()](const Control& control) { return refreshMirror(mirror, control); },
      [this, isAsked](bool isDone) {
        emit refreshed();
        if (isAsked)
          emit told(isDone ? tr("The mirror is as its workspace.") : tr("Another process refreshes the mirror."));
      },
      isAsked);
}

}  // namespace scanline
