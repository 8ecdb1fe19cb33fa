#pragma once

#include <cstddef>

namespace scanline {

// NCCL's C interface, as far as it is used here, declared without its headers (NCCL 2.28; these declarations have not
// changed since 2.7). A stream is a cudaStream_t, the native handle of a c10::Stream.

struct NcclUniqueId {
  char bytes[128];
};
inline constexpr int kNcclSuccess = 0, kNcclInProgress = 7;
inline constexpr int kNcclUint8 = 1, kNcclFloat32 = 7, kNcclBfloat16 = 9;
inline constexpr int kNcclSum = 0;

struct NcclApi {
  int (*getVersion)(int* version);
  int (*getUniqueId)(NcclUniqueId* id);
  int (*commInitRank)(void** communicator, int ranks, NcclUniqueId id, int rank);
  int (*commGetAsyncError)(void* communicator, int* error);
  int (*commAbort)(void* communicator);
  int (*commDestroy)(void* communicator);
  const char* (*getErrorString)(int result);
  int (*allReduce)(const void* from, void* to, size_t count, int type, int operation, void* communicator, void* stream);
  int (*groupStart)();
  int (*groupEnd)();
  int (*send)(const void* from, size_t count, int type, int peer, void* communicator, void* stream);
  int (*receive)(void* to, size_t count, int type, int peer, void* communicator, void* stream);
  int (*broadcast)(const void* from, void* to, size_t count, int type, int root, void* communicator, void* stream);
};

/// That of the library which LibTorch's CUDA part brings along, after loadCuda(), or of the system. Throws Error if it
/// is not there, or has not all of these functions.
const NcclApi& ncclApi();

}  // namespace scanline
