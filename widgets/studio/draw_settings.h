#pragma once

#include <QWidget>

#include "core/run/open_model.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSpinBox;

namespace scanline {

class SegmentedControl;

/// How a model draws: candidates, temperature, cuts, seed, and the treatment of pixels that are given late.
class DrawSettings : public QWidget {
  Q_OBJECT
 public:
  explicit DrawSettings(QWidget* parent = nullptr);

  void setModel(const ModelFacts& facts);
  /// Given pixels after the first painted one: with none of them there is nothing to condition on.
  void setGivenLate(qint64 pixels);
  /// Into the settings of a request; picture and mask stay.
  void fill(DrawRequest& request) const;
  /// Of a pin. Emits nothing.
  void setRequest(const DrawRequest& request);
  /// Another seed.
  void roll();
  bool isConditioned() const;

 signals:
  void changed();

 private:
  void makeCache();
  QWidget* makeOrder();
  QWidget* makePasses();
  void refresh();

  QSpinBox *candidates_, *topK_, *seed_, *particles_, *passes_;
  QDoubleSpinBox *temperature_, *topP_;
  QComboBox* cache_;
  QLabel* cacheName_ = nullptr;
  SegmentedControl *order_, *all_;
  QLabel* sentence_;
  QWidget *orderPart_, *passesPart_;
  bool isBert_ = false, isCodes_ = false;
  qint64 late_ = 0;
};

}  // namespace scanline
