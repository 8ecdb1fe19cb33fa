#pragma once

#include <QDateTime>
#include <QImage>
#include <QString>
#include <QStringList>
#include <vector>

#include "core/run/open_model.h"
#include "widgets/studio/studio_picture.h"

namespace scanline {

/// A checkpoint that can be asked.
struct StudioCheckpoint {
  qint64 step = 0;
  QString words;  ///< "step 600 · 1.308 nats · best"
  bool operator==(const StudioCheckpoint&) const = default;
};

/// The colours of a model's tokens; none where tokens are codes, or the colours are not known.
inline std::optional<Palette> coloursOf(const ModelFacts& facts) {
  return facts.isCodes ? std::nullopt : facts.palette;
}

/// Which pictures of the run's data are wanted.
struct StudioSource {
  enum class Kind {
    Random,     ///< `seed` draws them
    Class,      ///< of class `label`, in the order of the data
    WorstLoss,  ///< the highest nats first
    Confusion,  ///< of class `label` that the best probe takes for `taken`
  };
  Kind kind = Kind::Random;
  QString split;  ///< as setSplits named it
  int label = 0, taken = 0;
  quint64 seed = 1;  ///< Random: the next pictures have the next seed
  int count = 24;    ///< at most
  bool operator==(const StudioSource&) const = default;
};

/// A picture that can be put onto the canvas.
struct SourcePicture {
  StudioPicture picture;  ///< in the model's size and colours
  QImage original;        ///< as it is in the data or the file, upright; null = none
  QString name;           ///< "validation 17", "cat.png": said when it is on the canvas
  QString caption;        ///< under the small picture: "dog", "2.81 nats"; may be empty
};

/// A drawing that is kept with the run.
struct StudioPin {
  qint64 id = 0;
  StudioPicture picture;  ///< as drawn
  StudioPicture given;    ///< the picture before the drawing
  DrawRequest request;    ///< picture, mask and settings; candidates as they were then
  qint64 candidate = 0;   ///< which of the candidates it was
  qint64 step = 0;        ///< of its checkpoint
  double nats = 0;        ///< mean over the drawn pixels
  qint64 createdMs = 0;   ///< Unix time
  QString note;           ///< a person's words on it
};

/// A drawing so far, or at the end.
struct StudioDrawing {
  std::vector<StudioPicture> candidates;  ///< codes have their pixels
  std::vector<uint8_t> isDone;            ///< [candidates, n], or [n] of all candidates; empty = all is drawn
  qint64 done = 0, total = 0;             ///< pixels a candidate
  std::vector<double> nats;               ///< [candidates] at the end, else empty
  std::vector<float> effectiveShare;      ///< as Drawing has it, at the end, else empty
  QString difference;                     ///< drawn again, and otherwise than before: what may be the cause; or empty
};

}  // namespace scanline
