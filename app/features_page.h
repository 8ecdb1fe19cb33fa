#pragma once

#include <QObject>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "app/features_read.h"
#include "app/studio_lane.h"
#include "app/studio_model.h"

namespace scanline {

/// The Features page: the features of the chosen run's model, layer by layer, as maps. The model is asked on lanes of
/// the page's own; the features of the last checkpoints, and the maps of their layers, are kept. UI thread.
class FeaturesPage : public QObject {
  Q_OBJECT
 public:
  /// `reader`: the store.
  FeaturesPage(StoreThread& reader, const EngineSource& engine, QWidget* parent);
  ~FeaturesPage() override;

  FeaturesView* view() const { return view_; }
  /// The run that is chosen in the list; none: 0.
  void setRun(RunId run);
  /// These runs have changed in the store.
  void refresh(const std::vector<RunId>& changed);
  /// Stops all work and takes no more. Does not wait.
  void cancel();

 signals:
  /// A picture is to be opened in the studio, with this checkpoint.
  void studioRequested(scanline::RunId run, qint64 step, const scanline::SourcePicture& picture);
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Kept {
    SharedFeatureReading reading;
    std::map<int, FeaturePlaces> maps;  ///< by layer
    SharedProbeAnswers answers;         ///< null: nobody asked yet
  };

  void connectModel();
  void connectView();
  void read();
  void take(const SharedFeatureReading& reading);
  void forget();
  Kept* kept();
  void showLayer(int layer);
  void findNeighbours(const NeighbourQuestion& question);
  void countClasses(int index);
  void askProbes();
  void chooseModel(bool isFolder);
  void chooseData();
  void openInStudio(int index);

  StudioLane quick_;  ///< opens the model, reads features, makes maps
  StudioLane slow_;   ///< neighbours by features, which may take hours
  StudioLane probes_;
  FeaturesView* view_;
  std::unique_ptr<StudioModel> model_;  // after the lanes, which it uses until it goes
  std::shared_ptr<std::atomic<bool>> enough_;
  RunId followed_;
  std::map<std::filesystem::path, std::string> data_;  ///< pictures that a person chose, by the model's file
  SharedFeatureReading reading_;                       ///< that is shown; null: none
  std::deque<Kept> kept_;                              ///< the newest first
};

}  // namespace scanline
