#pragma once

#include <string_view>

#include "core/spec/run_spec.h"

namespace scanline {

/// Settings for a run of `kind` that starts from a checkpoint of a run with the settings `source`: its data, palette
/// and model, and the paper's values for the kind. Fine-tuning (paper section 3.4): no cosine, a tenth of the learning
/// rate, which is where the authors often found the best one, and on photographs the augmentation of section 3.1. A
/// probe or a low-data run takes the labelled images as the source probed them, not augmented. Of the source's own kind
/// the settings stay: it continues. It searches for no learning rate.
///
/// The paper does not state the steps of a fine-tuning, which is stopped at the best validation accuracy. With
/// `trainImages` (after the validation split; 0 = unknown, and the source's steps stay) it may take 30 epochs, from 300
/// to 30,000 steps, and is validated 30 times or more, so that finetune.patience ends it in time.
RunSpec nextSpec(const RunSpec& source, RunKind kind, int64_t trainImages = 0);
/// Settings for a transformer on the codes of a VQ-VAE with the settings `vqvae`: the same data, its run `name` as
/// palette.vqvae, and the model and training of the preset cifar10-codes.
RunSpec codesSpec(const RunSpec& vqvae, const std::string& name);
/// `spec` with the data, palette and model settings of `source`, whose checkpoint it is to start from.
RunSpec withModelOf(const RunSpec& source, RunSpec spec);
/// Settings for a search of the learning rate of such a run, over the paper's rates. A probe is solved by SGD, which
/// has one.
RunSpec searchSpec(const RunSpec& source);

/// The learning rate that a search of these settings tries values of: a probe's own, else the optimiser's.
double& searchedRate(RunSpec& spec);
/// Its key.
std::string_view searchedField(const RunSpec& spec);

}  // namespace scanline
