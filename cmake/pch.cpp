// A target needs a source; what is precompiled beside it stands in FtsTargets.cmake and runtime/CMakeLists.txt.
