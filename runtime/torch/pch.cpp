// A target needs a source; the header <torch/torch.h> is precompiled beside it (see CMakeLists.txt).
