#pragma once

#include <QScrollArea>
#include <QTimer>
#include <optional>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"
#include "widgets/lists/overview_facts.h"

class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace scanline {

/// The results of a run, the ways on from it, its notes and tags, its origin, and, folded at first, the machine it ran
/// on.
class OverviewPage : public QScrollArea {
  Q_OBJECT
 public:
  explicit OverviewPage(QWidget* parent = nullptr);
  void setDetails(const RunDetails& details, const QString& parentName);
  /// Hands out a note that is still being typed. Called before another run is shown.
  void flushNote();

 signals:
  /// `before`: the note that was there when the typing began.
  void noteChanged(scanline::RunId run, const QString& note, const QString& before);
  void tagsChanged(scanline::RunId run, const QStringList& tags);
  void parentActivated(scanline::RunId parent);
  void openFolderRequested(scanline::RunId run);
  void nextRequested(scanline::RunKind kind);  ///< a run of this kind from the best checkpoint
  void winnerRequested();                      ///< the run for which this search found the rate

 protected:
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QWidget* makeWaysOn();
  void unfoldMachine(bool unfolded);
  void showFacts(QGridLayout* grid, const std::vector<Fact>& facts);
  void showWaysOn();
  void refresh();
  void sendTags();

  RunDetails details_;
  std::optional<RunSpec> spec_;  ///< of details_; nothing if a later version wrote it
  QString parentName_;
  QGridLayout* results_;
  QLabel* resultsTitle_;
  QGridLayout* data_;
  QGridLayout* times_;
  QWidget* machinePart_;
  QGridLayout* machine_;
  QToolButton* machineTitle_;
  QPushButton *parent_, *winner_;
  QLabel* nextTitle_;
  QWidget* next_;  ///< a button each for the kinds of run from its best checkpoint
  QLineEdit* tags_;
  QPlainTextEdit* note_;
  QString storedNote_;  ///< the note as stored; the editor may hold a newer one
  QTimer noteTimer_;    ///< a pause in typing
};

}  // namespace scanline
