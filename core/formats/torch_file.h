#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/tensor_file.h"
#include "core/formats/zip_file.h"

namespace scanline {

/// A dict of tensors as torch.save writes it (pytorch_model.bin, .pt, .pth, .ckpt): the zip format, and the one before
/// PyTorch 1.6. Where a training program saved the model's dict beside other things ("state_dict", "model", with an
/// optimiser's state), its tensors are read. No code of the file is run (core/formats/pickle.h); storages stay in the
/// file until floats() asks. Immutable after construction; any thread.
class TorchFile final : public TensorFile {
 public:
  /// Throws Error, naming file and entry, unless every tensor is sound: of a known storage, within it, and of no more
  /// elements than it. Checksums of storages are verified.
  explicit TorchFile(std::filesystem::path file);

  const std::filesystem::path& path() const override { return path_; }
  std::vector<std::string> names() const override;
  bool has(std::string_view name) const override { return tensors_.find(name) != tensors_.end(); }
  std::span<const int64_t> shape(std::string_view name) const override;
  /// Names of the entries that are no tensors: the epoch, an optimiser's state.
  const std::vector<std::string>& leftOut() const { return leftOut_; }
  std::vector<float> floats(std::string_view name, std::span<const int64_t> shape) const override;

 private:
  /// A view of a storage: element (i, j) at offset + i stride[0] + j stride[1]. Checked.
  struct Tensor {
    Dtype dtype = Dtype::F32;
    std::vector<int64_t> shape, stride;
    int64_t offset = 0;
    uint64_t storage = 0;  ///< where it begins in the file
  };
  class Reader;

  void readZip();
  void readLegacy();

  std::filesystem::path path_;
  std::unique_ptr<ZipFile> zip_;       ///< of the zip format
  std::unique_ptr<FileBytes> legacy_;  ///< of the older one
  std::map<std::string, Tensor, std::less<>> tensors_;
  std::vector<std::string> leftOut_;
};

}  // namespace scanline
