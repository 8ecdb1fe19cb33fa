#pragma once

#include <QWidget>
#include <vector>

#include "widgets/pages/feature_values.h"
#include "widgets/studio/studio_values.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSlider;
class QStackedWidget;

namespace scanline {

class Chart;
class ClassLegend;
class FeatureMap;
class ImageGrid;
class NeighboursPanel;
class PanelTabs;
class SegmentedControl;

/// How often a picture's neighbours have its class, by layer.
struct ClassShares {
  std::vector<double> shares;   ///< [L + 1], 0..1
  std::vector<double> ofClass;  ///< [L + 1] the mean over pictures of its class
  double chance = 0;            ///< the share of the class among all pictures
  int neighbours = 0;           ///< that were looked at
};

/// The Features page: a map of pictures by the features of a layer, a picture's neighbours, and the layers at which its
/// neighbours have its class. Knows no engine, no store and no thread: values in, signals out.
class FeaturesView : public QWidget {
  Q_OBJECT
 public:
  explicit FeaturesView(QWidget* parent = nullptr);

  /// No model is open; `sentence` says how to open one.
  void setNoModel(const QString& sentence);
  /// The run's name and its checkpoints; `step`: of the one that is asked. The map stays.
  void setRun(const QString& name, const std::vector<StudioCheckpoint>& checkpoints, qint64 step);
  /// The map is being made; total 0: unknown. `canEnd`: it can be made of the pictures so far.
  void setBusy(const QString& words, int64_t done = 0, int64_t total = 0, bool canEnd = false);
  /// There is no map, and why. `needsData`: the model names no pictures, and a person can.
  void setProblem(const QString& sentence, bool needsData = false);
  /// The pictures of the map. The layer stays as far as the model has it; layerChosen is emitted.
  void setPictures(SharedFeaturePictures pictures);
  /// Answers layerChosen. Places of another layer are dropped.
  void setPlaces(FeaturePlaces places);
  /// Answers layersRequested.
  void setClassShares(const ClassShares& shares);
  void setClassSharesProblem(const QString& sentence);

  /// Answers predictionsRequested, for all layers. Null: not known.
  void setAnswers(SharedProbeAnswers answers);
  /// The progress of fitting the probes, 0..1; less: unknown.
  void setFitting(double share);
  /// There are no answers of probes, and why.
  void setAnswersProblem(const QString& sentence);

  NeighboursPanel* neighbours() const { return neighbours_; }
  FeatureMap* map() const { return map_; }
  int layer() const;

  QSize minimumSizeHint() const override { return {580, 400}; }

 signals:
  void checkpointChosen(qint64 step);
  void layerChosen(int layer);
  /// Another model is to be chosen: a checkpoint or weights, or the folder of another program's model.
  void modelFileRequested();
  void modelFolderRequested();
  /// Pictures for a model that names none are to be chosen.
  void dataRequested();
  /// The map is to be made of the pictures that are done.
  void endRequested();
  void neighboursRequested(const scanline::NeighbourQuestion& question);
  void neighboursUnwanted();
  void layersRequested(int index);
  /// Probes are to be fitted, which takes a while, or to be given up.
  void predictionsRequested();
  void predictionsUnwanted();
  /// In the studio.
  void openRequested(int index);
  void failed(const QString& sentence);

 private:
  QWidget* makeHead();
  QWidget* makeOtherModel();
  QWidget* makeLayerRow();
  QWidget* makeLeft();
  QWidget* makeRight();
  QWidget* makeChosen();
  QWidget* makeColours();
  QWidget* makeLayers();
  void showLayer();
  void choose(int index);
  void showListed(const std::vector<int>& pictures);
  void ask();
  void wantAnswers();
  bool isByError() const;
  void showColours();
  void showProbabilities();

  SharedFeaturePictures pictures_;
  std::vector<int> listed_;
  SharedProbeAnswers answers_;
  bool isFitting_ = false, showsErrors_ = false;

  QStackedWidget* pages_;
  FeatureMap* map_;
  PanelTabs* tabs_;
  NeighboursPanel* neighbours_;
  ImageGrid* list_;
  Chart *byLayer_, *probability_;
  SegmentedControl* colour_;
  QWidget *listPart_ = nullptr, *layersPart_ = nullptr, *layerRow_ = nullptr, *right_ = nullptr;
  QComboBox* checkpoint_ = nullptr;
  QLabel *noModel_ = nullptr, *runName_ = nullptr, *busy_ = nullptr, *problem_ = nullptr, *layerWords_ = nullptr,
         *note_ = nullptr, *picture_ = nullptr, *name_ = nullptr, *class_ = nullptr, *listWords_ = nullptr,
         *layersWords_ = nullptr, *probabilityWords_ = nullptr, *fittingWords_ = nullptr;
  QProgressBar *progress_ = nullptr, *fitting_ = nullptr;
  QPushButton *end_ = nullptr, *open_ = nullptr, *stopFitting_ = nullptr, *data_ = nullptr;
  QWidget* colours_ = nullptr;
  QSlider* layer_ = nullptr;
  ClassLegend* legend_ = nullptr;
};

}  // namespace scanline
