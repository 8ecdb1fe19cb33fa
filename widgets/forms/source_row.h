#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "widgets/forms/model_source.h"

class QComboBox;
class QLabel;

namespace scanline {

/// "Starts from": which checkpoint the runs of the form go on from. A box to choose among those that there are, and the
/// sentence of the problem where a run needs one and has none.
class SourceRow : public QWidget {
  Q_OBJECT
 public:
  enum class Need {
    None,     ///< the row hides unless a checkpoint is chosen
    Allowed,  ///< the run can do without
    Required
  };

  explicit SourceRow(QWidget* parent = nullptr);

  /// The choices of the box, in this order.
  void setSources(std::vector<ModelSource> sources);
  /// Does not emit chosen(). One that the box does not offer is added to it.
  void setSource(const std::optional<ModelSource>& source);
  const std::optional<ModelSource>& source() const { return source_; }
  /// `kind`: of the run, as the sentence calls it.
  void setNeed(Need need, const QString& kind);
  /// A checkpoint is needed and there is none.
  bool isMissing() const { return need_ == Need::Required && !source_; }
  void focusBox();
  QComboBox* box() const { return box_; }

 signals:
  /// By the person; nothing if they chose to start from nothing.
  void chosen(const std::optional<scanline::ModelSource>& source);

 private:
  void fill();
  void show();

  std::vector<ModelSource> sources_;
  std::optional<ModelSource> source_;
  Need need_ = Need::None;
  QString kind_;
  QComboBox* box_;
  QLabel* problem_;
};

}  // namespace scanline
