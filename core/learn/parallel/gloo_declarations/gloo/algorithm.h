// The header of LibTorch's Gloo group includes this file of Gloo's, which LibTorch does not bring along, and takes
// nothing from it.
#pragma once
