#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/base/control.h"
#include "core/data/image.h"
#include "core/run/events.h"
#include "core/run/process_group.h"
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
  ImageSet promptImages;                       ///< where tokens are codes: the images of promptRows(); else empty
  std::filesystem::path vqvae;                 ///< the checkpoint whose codes the tokens are; empty: they are colours
  std::filesystem::path model;    ///< the checkpoint that a run of a kind that needsModel() starts from; else empty
  ProcessGroup* group = nullptr;  ///< processes that share the training, and outlive the trainer; null: this one alone
  int64_t tokensBelow = 0;        ///< every token is below it (examineData); 0: nobody has looked
  /// Called again and again, at intervals of its own, while other runs have every GPU that the run may take; what it
  /// throws ends the waiting. None: the run shares one then.
  std::function<void()> waitForGpu = {};
};

/// Throws Error unless every token of the three sets is below `paletteSize`. Reads them all unless tokensBelow says it.
void checkTokens(const RunData& data, int64_t paletteSize);

/// The validation images, of `count`, that a run's samples go on from: the same at every step.
std::vector<int64_t> promptRows(int64_t count, const RunSpec& spec);

/// A model in training. One thread for its whole life: the lane. It chooses no files, and nothing that it
/// computes depends on a clock.
/// `control` is checked between micro-batches, tokens and solver iterations. When that throws Stopped, the trainer
/// is as it was before the call: half a step is dropped.
class Trainer {
 public:
  virtual ~Trainer() = default;
  virtual int64_t step() const = 0;  ///< optimiser steps finished
  virtual int64_t parameters() const = 0;
  /// One optimiser update. Throws Diverged if loss or gradient is not finite; the weights are then untouched.
  virtual StepStats trainStep(const Control& control) = 0;
  /// Mean loss of the first train.evaluateImages validation images (in an order drawn by seed).
  virtual Evaluation evaluate(const Control& control) = 0;
  /// A ProbeResult each of the layers that spec.probe names (or a low-data run's LowDataResults), handed to `sink` as
  /// they are ready.
  virtual void probe(const Control& control, const EventSink& sink) = 0;
  /// The prompts and random numbers are functions of the seed alone, so sets of different steps can be compared.
  /// Hands over all of them or none.
  virtual void sample(const Control& control, const std::function<void(SampleSet)>& sink) = 0;
  /// Whether training ends before spec.train.steps (early stopping).
  virtual bool isDone() const { return false; }
  /// After the last step: reports the scores on the test images, as Scalars. `best`: the best checkpoint's file, or
  /// empty. May load it.
  virtual void finish(const Control& control, const std::filesystem::path& best, const EventSink& sink) {
    (void)control, (void)best, (void)sink;
  }
  /// Weights, both Adam moments, step, spec and palette into one safetensors file; whole or not at all.
  virtual void save(const std::filesystem::path& file) = 0;
  /// Afterwards the trainer goes on as if never interrupted, bit for bit. Throws Error if the file is damaged or of
  /// another shape.
  virtual void load(const std::filesystem::path& file) = 0;
  /// In a process of RunData::group other than the first: does its part of everything that the trainer of process 0
  /// does, step by step, until process 0 says something that is no matter of a trainer's, which it returns. Throws
  /// GroupLost.
  virtual std::string follow() { throw Error("A run of this kind is not shared by several processes."); }
  /// Lines for the run's log on everything since the last call, each once.
  virtual std::vector<LogLine> takeLog() { return {}; }
  /// Versions and settings that decide results or speed, for the record.
  virtual std::vector<std::pair<std::string, std::string>> environment() const = 0;
};

}  // namespace scanline
