#pragma once

#include <QImage>
#include <QObject>
#include <QStringList>
#include <memory>

#include "app/studio_model.h"
#include "core/jobs/studio_pictures.h"
#include "widgets/studio/studio_values.h"

namespace scanline {

class StudioView;

/// The data of the run that a model comes from. `kept`: the same as another model of the run sees them, which are not
/// read again; null: they are read. Any thread. Throws as StudioData does.
std::shared_ptr<const StudioData> studioDataOf(const StudioSubject& subject, std::shared_ptr<const StudioData> kept,
                                               const Control& control);

/// Pictures for the canvas: a person's own from files and the clipboard, and those of the data that the model's run
/// learned from, whose reading is kept for the next question. UI thread.
class StudioSources : public QObject {
  Q_OBJECT
 public:
  StudioSources(StudioView& view, StudioLane& lane, QObject* parent);

  /// The model that pictures are for; null: none is open.
  void setSubject(std::shared_ptr<const StudioSubject> subject);
  /// Tells the view which splits and classes the data of its run has.
  void offerData();
  void ask(const StudioSource& wanted);
  void openFiles(const QStringList& files);
  void paste(const QImage& image);
  /// Those of the run, as far as they have been read; else null.
  const std::shared_ptr<const StudioData>& data() const { return data_; }
  /// How often each colour is used in the data; empty until these were read.
  const std::vector<int64_t>& uses() const { return uses_; }
  /// Decodes codes to pixels, for the canvas.
  void decode(const std::vector<Token>& tokens);

 signals:
  void problem(const QString& sentence);
  /// uses() has come.
  void usesRead();

 private:
  struct Answer;
  static Answer read(std::shared_ptr<const StudioData> data, const StudioSubject& subject, const StudioSource& wanted,
                     const Control& control, const Control& fitting);
  bool hasModel();

  StudioView& view_;
  StudioLane& lane_;
  std::shared_ptr<const StudioSubject> subject_;
  std::shared_ptr<const StudioData> data_;  ///< of dataRun_, in the colours of one of its models
  RunId dataRun_;
  std::vector<int64_t> uses_;
};

}  // namespace scanline
