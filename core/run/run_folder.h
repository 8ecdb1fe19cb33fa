#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scanline {

// Files in the folder of a run. TensorBoard's event files lie there too, named by TfEventsWriter.

/// The colours that the run's tokens stand for: without them its checkpoints and samples mean nothing.
inline constexpr const char* kPaletteFile = "palette.npy";
/// Of a run of a kind that needsModel(): the checkpoint it starts from.
inline constexpr const char* kModelFile = "model.safetensors";
/// Of a run whose tokens are codes: the checkpoint of the VQ-VAE that makes them.
inline constexpr const char* kVqvaeFile = "vqvae.safetensors";

/// The words of a process without a terminal that trains the run.
inline constexpr const char* kWorkerLog = "worker.log";

inline constexpr const char* kCheckpointFolder = "checkpoints";
/// "checkpoints/step-<N>.safetensors", below the run's folder.
std::string checkpointFile(int64_t step);
/// Whether `file`, below the run's folder, has such a name, or that of one that is being written.
bool isCheckpointName(std::string_view file);
/// The folder of checkpointFile(); made. Throws Error.
std::filesystem::path makeCheckpointFolder(const std::filesystem::path& run);

/// `to` becomes a second name of `from` where the file system can give one, else a copy; its folder is made. Throws
/// std::filesystem::filesystem_error.
void linkOrCopy(const std::filesystem::path& from, const std::filesystem::path& to);

/// The measure of a run's best checkpoint: the validation accuracy where a classifier learns, else the
/// validation loss, negative. NaN if neither was measured. A run measures the accuracy always, or never.
double meritOf(double validationLoss, std::optional<double> validationAccuracy);
/// The place of the highest merit, of equals the first. Nothing if none was measured.
std::optional<size_t> bestOf(std::span<const double> merits);

}  // namespace scanline
