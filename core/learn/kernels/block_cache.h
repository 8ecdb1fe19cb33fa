#pragma once

namespace scanline {

/// From now on LibTorch keeps the large CPU blocks that it frees and hands them out again. A training step frees and
/// asks for the same sizes every time; given back to the kernel, each page would be zeroed and mapped anew, step by
/// step. Blocks of 2 MiB and more also ask for huge pages. Harmless to call again; any thread.
void installBlockCache();
/// Gives the kept blocks back, for the end of a training.
void releaseCachedBlocks();

}  // namespace scanline
