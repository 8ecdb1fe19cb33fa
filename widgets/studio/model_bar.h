#pragma once

#include <QWidget>
#include <utility>
#include <vector>

class QLabel;
class QMenu;
class QToolButton;

namespace scanline {

/// A run whose model can be asked.
struct RunChoice {
  qint64 run = 0;
  QString name;
  QString words;  ///< "finished · step 600"
};

/// The row above the studio: whether its model follows the list of runs, and a menu of other models.
class ModelBar : public QWidget {
  Q_OBJECT
 public:
  explicit ModelBar(QWidget* parent = nullptr);

  /// The open model in words: "autoregressive · 4 layers · 128 wide". Empty: none is open.
  void setFacts(const QString& facts);
  /// Emits nothing.
  void setKept(bool kept);
  bool isKept() const;
  /// Answers choicesRequested.
  void setChoices(const std::vector<RunChoice>& choices);

 signals:
  void keptChanged(bool kept);  ///< by the person
  void choicesRequested();
  void runChosen(qint64 run);
  void fileRequested();    ///< a checkpoint file
  void folderRequested();  ///< a model of another program

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fillMenu();
  void showFacts();

  QToolButton *keep_, *other_;
  QMenu* menu_;
  QLabel* facts_;
  QString words_;  ///< in it, as far as there is room
  std::vector<RunChoice> choices_;
};

}  // namespace scanline
