#pragma once

#include <QString>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/spec/run_spec.h"

namespace scanline {

/// The data of a run that has prepared them.
struct KnownData {
  DataSpec data;
  int64_t trainImages = 0;  ///< after the validation split
  int64_t classes = 0;      ///< 0 = unknown
};

/// Facts about data, for the form while a person types: missing files, and the number of images. Looks at each place
/// once until forget(). UI thread.
class DataFacts {
 public:
  /// Counts of the run that the form was filled from; they hold for settings with the same data.
  void setKnown(std::optional<KnownData> known) { known_ = std::move(known); }
  /// Places are looked at anew: files may have come or gone.
  void forget() { places_.clear(); }

  /// Images that such a run trains on; 0 = unknown.
  int64_t trainedOn(const RunSpec& spec) const;
  /// 0 = unknown.
  int64_t classes(const RunSpec& spec) const;
  /// Why the data set cannot be read from its place, as a sentence; empty if it can be tried.
  QString missing(const DataSpec& data) const;
  /// Why there cannot be so many labels a class (lowdata.labels); empty if there can, or the counts are unknown.
  QString labelsProblem(const RunSpec& spec) const;

 private:
  struct Place {
    QString missing;
    int64_t images = 0;  ///< before limit and split
  };
  const Place& placeOf(const DataSpec& data) const;
  const KnownData* knownOf(const RunSpec& spec) const;

  std::optional<KnownData> known_;
  mutable std::map<std::pair<std::string, std::string>, Place> places_;
};

/// Whether a program can fetch the data set ("cifar10"); then the megabytes and the server, in words, else empty.
QString fetchOffer(const std::string& dataset);

}  // namespace scanline
