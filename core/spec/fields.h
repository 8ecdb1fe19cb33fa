#pragma once

#include <limits>
#include <string_view>
#include <utility>

#include "core/spec/run_spec.h"

namespace scanline {

/// All that code which shows, reads, checks or stores a field needs to know of it.
struct FieldInfo {
  std::string_view key;         ///< "model.layers": the name in files, on the command line and in the store
  std::string_view label;       ///< "Layers": the name in the form
  std::string_view help;        ///< one sentence: its meaning, its unit, the meaning of 0 or -1
  std::string_view paper = {};  ///< the paper's value, as text; empty = the paper has none
  double minimum = -std::numeric_limits<double>::infinity();  ///< inclusive
  double maximum = std::numeric_limits<double>::infinity();   ///< inclusive
  bool expert = false;                                        ///< folded away in the form at first
  std::string_view leastWord = {};  ///< a word for `minimum` where that means something else: "all", "one epoch"
  /// Whether it can make a difference to a run with these settings: a VQ-VAE has no heads, and momentum is nothing to
  /// L-BFGS. Given once for the rows that follow each other, by forEachField().
  bool (*used)(const RunSpec&) = nullptr;
};

/// When settings are used.
namespace when {
inline bool always(const RunSpec&) {
  return true;
}
inline bool trainsTransformer(const RunSpec& s) {
  return s.kind == RunKind::Pretrain || s.kind == RunKind::Finetune;
}
inline bool trains(const RunSpec& s) {
  return trainsTransformer(s) || s.kind == RunKind::Vqvae;
}
inline bool trainsOnColours(const RunSpec& s) {
  return trains(s) && hasColours(s);
}
inline bool decodesPictures(const RunSpec& s) {
  return s.data.name == "images" || s.data.name == "imagenet";
}
inline bool hasTransformer(const RunSpec& s) {
  return s.kind != RunKind::Vqvae;
}
inline bool isBert(const RunSpec& s) {
  return hasTransformer(s) && s.model.objective == Objective::Bert;
}
inline bool probes(const RunSpec& s) {
  return s.kind == RunKind::Pretrain || isOneLook(s.kind);
}
inline bool probesAgain(const RunSpec& s) {
  return s.kind == RunKind::Pretrain;
}
inline bool probesWithDrawnImages(const RunSpec& s) {
  return probes(s) && s.kind != RunKind::LowData;
}
inline bool probesByLbfgs(const RunSpec& s) {
  return probes(s) && s.probe.solver == ProbeSolver::Lbfgs;
}
inline bool probesBySgd(const RunSpec& s) {
  return probes(s) && s.probe.solver == ProbeSolver::Sgd;
}
inline bool draws(const RunSpec& s) {
  return trainsTransformer(s) && s.model.objective == Objective::Autoregressive;
}
inline bool showsPictures(const RunSpec& s) {
  return draws(s) || s.kind == RunKind::Vqvae;
}
inline bool finetunes(const RunSpec& s) {
  return s.kind == RunKind::Finetune;
}
inline bool learnsFromFewLabels(const RunSpec& s) {
  return s.kind == RunKind::LowData;
}
inline bool isVqvae(const RunSpec& s) {
  return s.kind == RunKind::Vqvae;
}
inline bool hasLearningRate(const RunSpec& s) {
  return trains(s) || (s.kind == RunKind::Probe && s.probe.solver == ProbeSolver::Sgd);
}
}  // namespace when

/// The one list of all settings, in the order of display. `visit(const FieldInfo&, field)`, where field is a reference
/// to std::string, bool, int64_t, uint64_t, double or an enum with Names<E>. Form, file, diff, query and store all use
/// it.
template <class Spec, class Visit>
void forEachField(Spec& s, Visit&& see) {
  bool (*used)(const RunSpec&) = when::always;  // of the rows below, until it is set again
  const auto visit = [&](FieldInfo info, auto& field) {
    info.used = used;
    see(std::as_const(info), field);
  };
  constexpr double kMaxInt = 9.0e15;  // exactly representable in double, and far above any use
  // A table, one row a field: clang-format would scatter it.
  // clang-format off
  visit(FieldInfo{"name", "Name", "Name of the run in lists. Two runs may share a name."}, s.name);
  visit(FieldInfo{"kind", "Kind", "Task of the run: train a model, or probe, fine-tune or classify from few labels with one that is trained; or train a VQ-VAE."}, s.kind);
  visit(FieldInfo{"seed", "Seed", "Decides everything random: weights, batches, split, palette, samples.", "", 0, kMaxInt}, s.seed);
  visit(FieldInfo{"device", "Device", "Processor that the model runs on. auto takes a GPU if a driver is there.", "", 0, 0, true}, s.device);
  visit(FieldInfo{"gpu", "GPU", "Number of the GPU that the model runs on if there are several, from 0. -1 takes one that no other run uses, so that several runs at once take one each.", "", -1, 63, true, "a free one"}, s.gpu);
  visit(FieldInfo{"threads", "CPU threads", "0 takes all cores. Results are bit-equal only at the same number.", "", 0, 1024, true, "all"}, s.threads);

  visit(FieldInfo{"data.name", "Data set", "Source of the images: digits (bundled), cifar10, cifar100, stl10, mnist, fashion-mnist, imagenet, images (a folder), npy (arrays) or tokens (the released token files).", "ImageNet, CIFAR-10"}, s.data.name);
  visit(FieldInfo{"data.path", "Path", "Folder or file of the data set; empty for bundled sets and for those that scanline-cli data fetch put in their place."}, s.data.path);
  visit(FieldInfo{"data.side", "Image side", "Images are brought to this many pixels squared; 0 keeps their size.", "32, 48 or 64", 0, 256, false, "keep"}, s.data.side);
  visit(FieldInfo{"data.resize", "Resize filter", "How images are made smaller. area and bilinear cut out the middle square first; stretch takes the whole picture to the square, bilinear, as Hugging Face's processors do. The filter changes the loss, so compare like with like.", "not stated", 0, 0, true}, s.data.resize);
  used = when::trainsOnColours;
  visit(FieldInfo{"data.augment", "Augmentation", "cifar: reflect-pad, random crop and flip. imagenet: random resize and random crop before the images are made small.", "imagenet; cifar for fine-tuning"}, s.data.augment);
  used = when::always;
  visit(FieldInfo{"data.validationShare", "Validation share", "Share of the training images held out, drawn by the seed.", "0.04 (ImageNet), 0.1 (CIFAR)", 0.001, 0.9}, s.data.validationShare);
  visit(FieldInfo{"data.limit", "Image limit", "Use at most this many training images; 0 uses all.", "", 0, kMaxInt, true, "all"}, s.data.limit);
  used = when::trains;
  visit(FieldInfo{"data.foldValidation", "Fold validation in", "The final run: trains on the held-out images too, and validates on the test images.", "for the reported number", 0, 0, true}, s.data.foldValidation);
  used = when::always;
  visit(FieldInfo{"data.badImageShare", "Bad images allowed", "Images that do not decode are skipped and named, up to this share of all; above it the run fails.", "", 0, 1, true}, s.data.badImageShare);
  used = when::decodesPictures;
  visit(FieldInfo{"data.background", "Background", "Colour that transparent pixels are laid over: white, black, grey, or #rrggbb.", "", 0, 0, true}, s.data.background);
  used = when::always;

  used = hasColours;
  visit(FieldInfo{"palette.size", "Palette size", "Colours that k-means finds in the training pixels; one token is one colour.", "512", 2, 4096}, s.palette.size);
  visit(FieldInfo{"palette.pixels", "Palette pixels", "Training pixels that k-means looks at.", "not stated", 2, 1e8, true}, s.palette.pixels);
  visit(FieldInfo{"palette.iterations", "Palette iterations", "k-means stops here, or earlier when no centre moves.", "not stated", 1, 10000, true}, s.palette.iterations);

  visit(FieldInfo{"palette.path", "Palette file", "Colours to take instead of fitting them: a .npy of [colours, 3] from -1 to 1, such as kmeans_centers.npy; colours from 0 to 1 or 0 to 255 are taken for that.", "", 0, 0, true}, s.palette.path);
  used = when::hasTransformer;
  visit(FieldInfo{"palette.vqvae", "VQ-VAE", "Run or checkpoint of a VQ-VAE whose codes are the tokens, in place of colours; empty = colours.", "in the first version", 0, 0, true}, s.palette.vqvae);

  visit(FieldInfo{"model.objective", "Objective", "Prediction that the model learns: the next token, or masked ones.", "autoregressive, BERT"}, s.model.objective);
  visit(FieldInfo{"model.layers", "Layers", "Transformer blocks.", "S 24, M 36, L 48, XL 60", 1, 200}, s.model.layers);
  visit(FieldInfo{"model.width", "Width", "Size of the embedding and of every layer's state.", "S 512, M 1024, L 1536, XL 3072", 2, 16384}, s.model.width);
  visit(FieldInfo{"model.heads", "Heads", "Attention heads; must divide the width.", "S 8, M 8, L 16", 1, 256}, s.model.heads);
  visit(FieldInfo{"model.bias", "Biases", "Linear layers have biases, as fine-tuned Hugging Face models do.", "false", 0, 0, true}, s.model.bias);
  used = when::isBert;
  visit(FieldInfo{"model.maskRate", "Mask rate", "BERT: share of the pixels that are hidden and predicted.", "0.15", 0.01, 0.99}, s.model.maskRate);
  visit(FieldInfo{"model.masks", "Masks", "BERT: an image is classified under so many masks, and the most frequent class counts.", "5", 1, 100, true}, s.model.masks);

  used = when::trains;
  visit(FieldInfo{"optimizer.learningRate", "Learning rate", "Peak of the schedule.", "S 0.003", 1e-8, 10}, s.optimizer.learningRate);
  visit(FieldInfo{"optimizer.warmupSteps", "Warm-up steps", "Linear rise to the peak: the k-th of n steps has k/n of it; -1 is one epoch.", "one epoch, the first rate not stated", -1, kMaxInt, false, "one epoch"}, s.optimizer.warmupSteps);
  visit(FieldInfo{"optimizer.schedule", "Schedule", "After the warm-up: cosine to zero, or constant.", "cosine"}, s.optimizer.schedule);
  visit(FieldInfo{"optimizer.beta1", "Adam beta 1", "Decay of the first moment.", "0.9", 0, 0.999999, true}, s.optimizer.beta1);
  visit(FieldInfo{"optimizer.beta2", "Adam beta 2", "Decay of the second moment. 0.999 gave the authors loss spikes.", "0.95", 0, 0.999999, true}, s.optimizer.beta2);
  visit(FieldInfo{"optimizer.epsilon", "Adam epsilon", "Keeps the division finite.", "not stated", 1e-16, 1, true}, s.optimizer.epsilon);
  visit(FieldInfo{"optimizer.weightDecay", "Weight decay", "Decoupled decay of all matrices.", "0", 0, 10, true}, s.optimizer.weightDecay);
  visit(FieldInfo{"optimizer.clipNorm", "Clip norm", "Gradients longer than this are shortened to it; 0 is off.", "not stated", 0, 1e6, true, "off"}, s.optimizer.clipNorm);

  visit(FieldInfo{"train.steps", "Steps", "Optimiser steps of the whole run.", "1,000,000", 1, kMaxInt}, s.train.steps);
  visit(FieldInfo{"train.batchSize", "Batch size", "Images an optimiser step.", "128", 1, 65536}, s.train.batchSize);
  visit(FieldInfo{"train.microBatch", "Micro-batch", "Images a forward pass; gradients add up to the batch. 0 chooses.", "", 0, 65536, true, "auto"}, s.train.microBatch);
  visit(FieldInfo{"train.slices", "Slices", "The batch is cut into this many parts, whose gradients are added in a fixed order. Processes that train together share them, and any number of processes that divides it gives the same losses, bit for bit. 1 is one process.", "", 1, 65536, true}, s.train.slices);
  used = when::trainsTransformer;
  visit(FieldInfo{"train.precision", "Precision", "fp32 computes in 32 bits. bf16 takes products of 16-bit numbers beside 32-bit weights: faster on some processors, and a little less exact. auto times both on this machine and takes the faster.", "fp32", 0, 0, true}, s.train.precision);
  visit(FieldInfo{"train.attention", "Attention", "Kernels of attention on a GPU. reproducible: the same gradients each time, so that a resumed run goes on bit for bit. fast: the quickest kernels, whose last digits may differ from one time to the next. No difference on a CPU.", "", 0, 0, true}, s.train.attention);
  used = when::trains;
  visit(FieldInfo{"train.evaluateEvery", "Validate every", "Steps between validation losses; 0 only at the end.", "", 0, kMaxInt, false, "at the end"}, s.train.evaluateEvery);
  visit(FieldInfo{"train.evaluateImages", "Validation images", "At most this many, always the same ones.", "", 1, kMaxInt, true}, s.train.evaluateImages);
  visit(FieldInfo{"train.checkpointEvery", "Checkpoint every", "Steps between checkpoints; 0 only at the end.", "", 0, kMaxInt, false, "at the end"}, s.train.checkpointEvery);
  visit(FieldInfo{"train.keepEvery", "Keep every", "Besides best and last, keep checkpoints at multiples of this step; 0 keeps none.", "", 0, kMaxInt, true, "none"}, s.train.keepEvery);

  used = when::probesAgain;
  visit(FieldInfo{"probe.every", "Probe every", "Steps between linear probes of all layers; 0 only at the end.", "", 0, kMaxInt, false, "at the end"}, s.probe.every);
  used = when::probesWithDrawnImages;
  visit(FieldInfo{"probe.trainImages", "Probe training images", "Labelled training images each probe is fitted on; 0 takes all.", "all", 0, kMaxInt, false, "all"}, s.probe.trainImages);
  used = when::probes;
  visit(FieldInfo{"probe.testImages", "Probe test images", "Labelled validation images each probe is scored on; 0 takes all.", "all", 0, kMaxInt, false, "all"}, s.probe.testImages);
  used = when::probesByLbfgs;
  visit(FieldInfo{"probe.l2", "Probe L2", "Weight of the penalty: mean cross entropy + L2/2 |W|^2 on standardised features.", "not stated", 0, 1e6, true}, s.probe.l2);
  visit(FieldInfo{"probe.l2Values", "L2 values", "Several, as in 1e-4, 1e-3, 1e-2: fitted in one pass, and the validation images choose. Empty takes Probe L2.", "not stated", 0, 0, true}, s.probe.l2Values);
  visit(FieldInfo{"probe.maxIterations", "Probe iterations", "L-BFGS stops here at the latest.", "not stated", 1, 100000, true}, s.probe.maxIterations);
  used = when::probes;
  visit(FieldInfo{"probe.features", "Features", "normed: attention inputs after their norm; raw: the residual stream before it.", "normed", 0, 0, true}, s.probe.features);
  visit(FieldInfo{"probe.startVector", "Start vector", "The input begins with the start vector, as in training. Without it pixel i stands at position i, as Hugging Face's processor feeds it.", "true", 0, 0, true}, s.probe.startVector);
  visit(FieldInfo{"probe.layers", "Probed layers", "3, or 2, 5; empty probes all.", "all", 0, 0, true}, s.probe.layers);
  visit(FieldInfo{"probe.joined", "Layers joined", "So many neighbouring layers make one feature, centred on each probed layer; fewer at the ends.", "1; XL 5", 1, 201, true}, s.probe.joined);
  visit(FieldInfo{"probe.solver", "Solver", "lbfgs finds the optimum; sgd approximates it, for features that do not fit into memory.", "lbfgs (CIFAR, STL), sgd (ImageNet)", 0, 0, true}, s.probe.solver);
  used = when::probesBySgd;
  visit(FieldInfo{"probe.learningRate", "Probe learning rate", "SGD: rate of the first step, of standardised features scaled to length 1; a cosine brings it to 0.", "30, 10, 3, ... in order", 1e-8, 1e6, true}, s.probe.learningRate);
  visit(FieldInfo{"probe.momentum", "Probe momentum", "SGD.", "0.9", 0, 0.999999, true}, s.probe.momentum);
  visit(FieldInfo{"probe.steps", "Probe steps", "SGD.", "1,000,000", 1, kMaxInt, true}, s.probe.steps);
  visit(FieldInfo{"probe.batchSize", "Probe batch", "SGD: images a step.", "not stated", 1, 65536, true}, s.probe.batchSize);

  used = when::showsPictures;
  visit(FieldInfo{"sample.every", "Sample every", "Steps between samples; 0 only at the end.", "", 0, kMaxInt, false, "at the end"}, s.sample.every);
  visit(FieldInfo{"sample.prompts", "Prompts", "Validation images whose upper half is given; a VQ-VAE reconstructs them.", "", 0, 256}, s.sample.prompts);
  used = when::draws;
  visit(FieldInfo{"sample.perPrompt", "Completions each", "Lower halves drawn for every prompt.", "", 1, 64}, s.sample.perPrompt);
  visit(FieldInfo{"sample.unconditional", "Whole images", "Images drawn from nothing.", "", 0, 256}, s.sample.unconditional);
  visit(FieldInfo{"sample.temperature", "Temperature", "Divides the logits before drawing.", "1", 0.01, 100}, s.sample.temperature);
  visit(FieldInfo{"sample.topK", "Top k", "Draw from the k likeliest colours; 0 from all.", "off", 0, 4096, true, "all"}, s.sample.topK);

  used = when::finetunes;
  visit(FieldInfo{"finetune.loss", "Fine-tuning loss", "joint: generative and classification loss together; or one of them.", "joint"}, s.finetune.loss);
  visit(FieldInfo{"finetune.layer", "Classifier's layer", "Its features feed the classifier, 0 to the number of layers; -1 is the last.", "last", -1, 200, false, "last"}, s.finetune.layer);
  visit(FieldInfo{"finetune.fromScratch", "From scratch", "The control: new weights instead of the checkpoint's."}, s.finetune.fromScratch);
  visit(FieldInfo{"finetune.patience", "Patience", "Stops after so many validations without a better accuracy; 0 takes all steps.", "early stop; patience not stated", 0, kMaxInt, false, "off"}, s.finetune.patience);

  used = when::learnsFromFewLabels;
  visit(FieldInfo{"lowdata.labels", "Labels a class", "Numbers of labelled images of each class to learn from.", "4, 25, 400"}, s.lowdata.labels);
  visit(FieldInfo{"lowdata.subsets", "Subsets", "Random choices of these images; mean and deviation are over them.", "5", 1, 1000}, s.lowdata.subsets);
  visit(FieldInfo{"lowdata.layer", "Layer", "Whose features are probed; -1 takes, for each number of labels, the best on the validation images on average over the subsets.", "best", -1, 200, false, "best"}, s.lowdata.layer);

  used = when::isVqvae;
  visit(FieldInfo{"vqvae.grid", "Grid", "Codes a side; images are brought to grid x stride pixels. 0 takes Image side / Stride.", "48 (recalled)", 0, 256, false, "auto"}, s.vqvae.grid);
  visit(FieldInfo{"vqvae.stride", "Stride", "Pixels a code, each way: 2, 4, 8 or 16.", "4 (recalled)", 2, 16}, s.vqvae.stride);
  visit(FieldInfo{"vqvae.codes", "Codebook size", "Codes to choose from; one token is one code.", "4096 (recalled)", 2, 4096}, s.vqvae.codes);
  visit(FieldInfo{"vqvae.codeWidth", "Code width", "Dimensions of a code.", "not known", 1, 4096, true}, s.vqvae.codeWidth);
  visit(FieldInfo{"vqvae.width", "Channels", "Channels of encoder and decoder.", "not known", 4, 4096}, s.vqvae.width);
  visit(FieldInfo{"vqvae.blocks", "Residual blocks", "Of encoder and decoder, each.", "not known", 0, 32}, s.vqvae.blocks);
  visit(FieldInfo{"vqvae.commitment", "Commitment", "Weight of the encoder's distance to the codes it chose.", "not known", 0, 100}, s.vqvae.commitment);
  visit(FieldInfo{"vqvae.decay", "Codebook decay", "The codes follow moving averages of the vectors that chose them; 0 learns them by gradient.", "not known", 0, 0.999999, false, "off"}, s.vqvae.decay);
  visit(FieldInfo{"vqvae.reviveBelow", "Revive below", "A code that fewer vectors than this choose, by its moving average a step, starts anew at one of the batch; 0 never.", "not known", 0, 1e6, false, "never"}, s.vqvae.reviveBelow);

  used = when::hasLearningRate;
  visit(FieldInfo{"search.rates", "Learning rates to try", "Tried in order, a run each, until the final validation loss rises: 0.01, 0.003, 0.001. Empty trains once.", "0.01, 0.003, 0.001, 0.0003; probe 30, 10, 3"}, s.search.rates);
  // clang-format on
}

/// The key of a field of `spec`, given as the member itself: keyOf(spec, spec.train.steps). Empty if it is none.
template <class Field>
std::string_view keyOf(const RunSpec& spec, const Field& wanted) {
  std::string_view key;
  forEachField(spec, [&](const FieldInfo& info, const auto& field) {
    if (static_cast<const void*>(&field) == static_cast<const void*>(&wanted)) key = info.key;
  });
  return key;
}

/// isUsed() of a field given as the member itself.
template <class Field>
bool isFieldUsed(const RunSpec& spec, const Field& wanted) {
  return isUsed(spec, keyOf(spec, wanted));
}

}  // namespace scanline
