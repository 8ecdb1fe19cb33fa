#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/spec/run_spec.h"
#include "core/store/run_store.h"
#include "core/store/search_series.h"

namespace scanline {

/// The tag of the trial that won a search.
inline constexpr std::string_view kBestRateTag = "best rate";

/// Settings of a search's trial at one rate.
RunSpec trialSpec(const RunSpec& search, double rate);
/// The value that a search compares, in words: "validation loss".
std::string_view lossName(const RunSpec& search);
/// Of a finished trial, by its kind; infinity if the measured value is not finite:
/// - pre-training and VQ-VAE: the last validation loss (the paper's rule);
/// - a probe: the lowest validation cross entropy of its layers, in nats;
/// - fine-tuning: the share of validation images that it classifies wrongly at its best validation, because it is the
/// best
///   accuracy that fine-tuning is stopped at and reported by (paper sections 3.4 and 4.5); without a classification
///   loss, the last validation loss.
/// Throws Error if the trial recorded nothing to compare.
double trialLoss(const RunStore& store, RunId trial, const RunSpec& search);
/// Whether the search ends with the last of these losses: it rose (paper, appendix A). A tie is no rise.
bool hasRisen(std::span<const double> losses);
/// Index of the lowest loss; of equal ones the first. Nothing if none is finite.
std::optional<size_t> bestTrial(std::span<const double> losses);

/// A trial that won, as the store tells it.
struct SearchWinner {
  RunId trial;
  double rate = 0;
  double loss = 0;
};
/// Nothing until the search has a trial that ended with a finite loss.
std::optional<SearchWinner> searchWinner(const RunStore& store, RunId search);
/// The run for which the rate was searched: the search's settings at the winner's rate. Where the data have test images
/// the held-out images are folded in, as the authors did once their settings were chosen (paper section 3.1).
RunSpec winnersSpec(const RunStore& store, RunId search, const SearchWinner& winner);
/// Stores that run, to be queued: a child of the winning trial, with the model that this one started from, if any.
RunId startWinner(RunStore& store, const RunSpec& spec, const SearchWinner& winner);
/// The newest child of the search with the settings of a trial, if there is one outside the trash.
std::optional<RunId> findTrial(const RunStore& store, RunId search, const RunSpec& trial);

}  // namespace scanline
