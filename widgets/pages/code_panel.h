#pragma once

#include <QWidget>
#include <optional>

#include "core/run/code_atlas.h"

namespace scanline {

/// The patch of a code of a VQ-VAE, and pictures that hold it, its places framed.
class CodePanel : public QWidget {
  Q_OBJECT
 public:
  explicit CodePanel(QWidget* parent = nullptr);

  /// Null: not known; the sentence says why, or that they are on their way.
  void setAtlas(SharedCodeAtlas atlas, const QString& sentence = {});
  const SharedCodeAtlas& atlas() const { return atlas_; }
  void setCode(std::optional<int64_t> code);
  std::optional<int64_t> code() const { return code_; }
  /// "Code 17, in 37 of 500 pictures", or the sentence.
  QString words() const;

  QSize sizeHint() const override { return {460, 170}; }
  QSize minimumSizeHint() const override { return {200, 120}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void paintUse(QPainter& painter, const CodeAtlas::Use& use, const QRect& target, const QColor& frame) const;
  bool knowsCode() const;

  SharedCodeAtlas atlas_;
  QString sentence_;
  std::optional<int64_t> code_;
  std::vector<CodeAtlas::Use> uses_;
  int64_t pictures_ = 0;
};

}  // namespace scanline
