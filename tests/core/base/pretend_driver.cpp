// A library with the functions of NVIDIA's driver that findGpus() asks: three GPUs, the second of which is broken.
#include <cstddef>
#include <cstdio>

extern "C" {
int cuInit(unsigned flags) {
  return flags == 0 ? 0 : 1;
}
int cuDeviceGetCount(int* count) {
  *count = 3;
  return 0;
}
int cuDeviceGet(int* device, int number) {
  *device = 100 + number;
  return 0;
}
int cuDeviceGetName(char* name, int size, int device) {
  std::snprintf(name, static_cast<size_t>(size), "NVIDIA H%d00", device - 98);
  return 0;
}
int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  if (device == 101) return 999;
  *bytes = size_t{149} * 1000 * 1000 * 1000;
  return 0;
}
}
