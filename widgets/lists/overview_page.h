#pragma once

#include <QScrollArea>
#include <QTimer>

#include "core/spec/run_spec.h"
#include "core/store/run_types.h"

class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace scanline {

/// The results of a run, its origin, its notes and tags, and the machine it ran on.
class OverviewPage : public QScrollArea {
  Q_OBJECT
 public:
  explicit OverviewPage(QWidget* parent = nullptr);
  void setDetails(const RunDetails& details, const QString& parentName);
  /// Hands out a note that is still being typed. Called before another run is shown.
  void flushNote();

 signals:
  void noteChanged(scanline::RunId run, const QString& note);
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
  using Fact = std::pair<QString, QString>;
  std::vector<Fact> resultFacts() const;
  std::vector<Fact> dataFacts() const;
  std::vector<Fact> timeFacts() const;
  void showFacts(QGridLayout* grid, const std::vector<Fact>& facts);
  QLabel* heading(const QString& text);
  void refresh();
  void sendTags();

  RunDetails details_;
  QString parentName_;
  QGridLayout* results_;
  QLabel* resultsTitle_;
  QGridLayout* data_;
  QGridLayout* times_;
  QGridLayout* machine_;
  QLabel* machineTitle_;
  QLabel* links_;
  QLineEdit* tags_;
  QPlainTextEdit* note_;
  QTimer noteTimer_;  ///< a pause in typing
};

}  // namespace scanline
