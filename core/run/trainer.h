#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "core/data/image.h"
#include "core/run/events.h"
#include "core/spec/run_spec.h"
#include "core/tokens/augmenter.h"
#include "core/tokens/tokens.h"

namespace scanline {

/// Everything a trainer learns from, prepared before it is made.
struct RunData {
  Palette palette;
  TokenSet train, validation;
  int64_t width = 0, height = 0;  ///< tokens across and down
  std::vector<std::string> classNames;
  TokenSet test;                               ///< the official test images; count 0 if there are none
  std::unique_ptr<const Augmenter> augmenter;  ///< makes the training tokens of each step; null: `train` as it is
  ImageSet trainImages, validationImages;      ///< pixels, for a VQ-VAE alone; else empty
  std::filesystem::path vqvae;                 ///< the checkpoint whose codes the tokens are; empty: they are colours
  std::filesystem::path model;  ///< the checkpoint that a run of a kind that needsModel() starts from; else empty
};

/// A model in training. One thread for its whole life: the lane. It chooses no files, and nothing that it
/// computes depends on a clock.
/// `keepGoing` is asked between micro-batches (and tokens, and solver iterations): it waits while the run is paused and
/// returns false once the run is to stop; the function then returns nullopt and the trainer is as before the call.
class Trainer {
 public:
  using KeepGoing = std::function<bool()>;

  virtual ~Trainer() = default;
  virtual int64_t step() const = 0;  ///< optimiser steps finished
  virtual int64_t parameters() const = 0;
  /// One optimiser update. Throws Diverged if loss or gradient is not finite; the weights are then untouched.
  virtual std::optional<StepStats> trainStep(const KeepGoing& keepGoing) = 0;
  /// Mean loss of the first train.evaluateImages validation images (in an order drawn by seed).
  virtual std::optional<Evaluation> evaluate(const KeepGoing& keepGoing) = 0;
  /// A ProbeResult each of the layers that spec.probe names (or a low-data run's LowDataResults), handed to `sink` as
  /// they are ready. False if stopped.
  virtual bool probe(const KeepGoing& keepGoing, const EventSink& sink) = 0;
  /// The prompts and random numbers are functions of the seed alone, so sets of different steps can be compared.
  /// False if stopped, in which case nothing was handed over.
  virtual bool sample(const KeepGoing& keepGoing, const std::function<void(SampleSet)>& sink) = 0;
  /// Whether training ends before spec.train.steps (early stopping).
  virtual bool isDone() const { return false; }
  /// After the last step: what is reported of the test images, as Scalars. `best`: the best checkpoint's file, or
  /// empty. May load it. False if stopped.
  virtual bool finish(const KeepGoing& keepGoing, const std::filesystem::path& best, const EventSink& sink) {
    (void)keepGoing, (void)best, (void)sink;
    return true;
  }
  /// Weights, both Adam moments, step, spec and palette into one safetensors file; whole or not at all.
  virtual void save(const std::filesystem::path& file) = 0;
  /// Afterwards the trainer goes on as if never interrupted, bit for bit. Throws Error if the file is damaged or of
  /// another shape.
  virtual void load(const std::filesystem::path& file) = 0;
  /// Versions and settings that decide results or speed, for the record.
  virtual std::vector<std::pair<std::string, std::string>> environment() const = 0;
};

}  // namespace scanline
