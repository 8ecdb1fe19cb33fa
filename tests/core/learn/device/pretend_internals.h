#pragma once

#include <torch/torch.h>

#include <string>

namespace scanline::pretend {

// For the files that implement the pretend device; tests do not use it.

/// The same memory as a CPU tensor. Within an Operation alone.
at::Tensor opened(const at::Tensor& tensor);
at::Tensor opened(const std::optional<at::Tensor>& tensor);
/// A result on `device`; an undefined one stays undefined.
at::Tensor moved(const at::Tensor& cpu, at::Device device);

/// Copies that an operation of the device makes are no copies of the program.
struct Operation {
  Operation();
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
};

/// See unrepeatable().
void noteUnrepeatable(std::string name);

}  // namespace scanline::pretend
