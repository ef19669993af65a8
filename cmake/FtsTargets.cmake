# What every target of the project shares: C++20, warnings, sanitizers, the include root.
add_library(fts_options INTERFACE)
target_compile_features(fts_options INTERFACE cxx_std_20)
# GCC 12 takes std::string's own operator+ for an overlap or an overrun (GCC bugs 105651, 105329), and an empty
# std::optional for an uninitialised one.
set(_warnings -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<BOOL:${FTS_WERROR}>:-Werror>)
target_compile_options(fts_options INTERFACE "$<BUILD_INTERFACE:${_warnings}>")
target_include_directories(fts_options INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" $<INSTALL_INTERFACE:include>
  $<INSTALL_INTERFACE:include/fts>)
# Everywhere, not only where a library asks for it: a precompiled header is good for one set of flags.
target_compile_options(fts_options INTERFACE -pthread)
target_link_options(fts_options INTERFACE -pthread)
if(FTS_SANITIZE)
  target_compile_options(fts_options INTERFACE -fsanitize=${FTS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(fts_options INTERFACE -fsanitize=${FTS_SANITIZE})
  if(FTS_SANITIZE STREQUAL "thread")
    target_compile_options(fts_options INTERFACE -Wno-tsan)  # of a fence in c10's headers, which the sanitizer cannot see
  endif()
endif()
if(FTS_FUZZ)
  target_compile_options(fts_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(fts_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# What nearly every file of the compiler includes, precompiled once for the stages and once, with GoogleTest, for their tests.
set(FTS_PCH_LINK fmt::fmt nlohmann_json::nlohmann_json tl::expected)
set(FTS_PCH_HEADERS <algorithm> <array> <functional> <map> <memory> <optional> <span> <string> <string_view>
  <unordered_map> <unordered_set> <utility> <variant> <vector> <fmt/format.h> <nlohmann/json.hpp> <tl/expected.hpp>)
function(fts_pch name)
  cmake_parse_arguments(A "" "" "HEADERS;LINK" ${ARGN})
  add_library(${name} STATIC "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")
  target_link_libraries(${name} PRIVATE fts_options ${A_LINK})
  if(FTS_PCH)
    target_precompile_headers(${name} PRIVATE ${A_HEADERS})
  endif()
endfunction()

# fts_use_pch(TARGET PCH): the target reuses that precompiled header, in place of one it was given before.
function(fts_use_pch target pch)
  if(FTS_PCH)
    set_target_properties(${target} PROPERTIES PRECOMPILE_HEADERS_REUSE_FROM ${pch})
  endif()
endfunction()

# fts_library(NAME SOURCES … LINK … [PRIVATE_LINK …] [SEPARATE]): one stage of the data path, a static library. Presets other
# than dev compile several files at a time (CMAKE_UNITY_BUILD): most of a file's time goes into headers. SEPARATE: not
# these, whose names are the same in each by design.
function(fts_library name)
  cmake_parse_arguments(A "SEPARATE" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC fts_options ${A_LINK} PRIVATE ${A_PRIVATE_LINK})
  fts_use_pch(${name} fts_stage_pch)
  if(A_SEPARATE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  if(name MATCHES "^fts_")
    set_property(GLOBAL APPEND PROPERTY FTS_LIBRARIES ${name})
  endif()
  fts_guard_sources(${A_SOURCES})
endfunction()

# What a program includes as <fts/NAME.hpp>, in the build tree as it will be installed.
function(fts_public_header name source)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/include/fts/${name}.hpp" CONTENT "#pragma once\n#include \"${source}\"\n")
endfunction()

# Tests run for milliseconds; optimising GoogleTest's templates took two thirds of the time that they compile.
set(FTS_TEST_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O0>)

# fts_test(NAME SOURCES … LINK … [LABELS …] [SEPARATE]): one GoogleTest binary a stage; ctest shows its cases by name. With a sanitizer
# the binary is one test: LibTorch takes longer to load there than most cases to run.
function(fts_test name)
  cmake_parse_arguments(A "SEPARATE" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  if(A_SEPARATE)
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  target_link_libraries(${name} PRIVATE fts_options ${A_LINK} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${FTS_TEST_OPTIONS})
  fts_use_pch(${name} fts_test_pch)
  target_compile_definitions(${name} PRIVATE FTS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # One thread a test: ctest runs as many tests as there are cores, and OpenMP's threads spin while they wait for one.
  set(properties ENVIRONMENT "OMP_NUM_THREADS=1")
  if(A_LABELS)
    list(APPEND properties LABELS "${A_LABELS}")
  endif()
  if(FTS_SANITIZE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES ${properties} TIMEOUT 3000)
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES ${properties})
  endif()
  fts_guard_sources(${A_SOURCES})
endfunction()

# Sources are listed by hand, so that none is built by accident; this fails if a .cpp beside them is forgotten.
function(fts_guard_sources)
  set_property(DIRECTORY APPEND PROPERTY FTS_LISTED ${ARGN})
  get_property(deferred DIRECTORY PROPERTY FTS_GUARDED)
  if(NOT deferred)
    set_property(DIRECTORY PROPERTY FTS_GUARDED TRUE)
    cmake_language(DEFER CALL fts_check_listed)
  endif()
endfunction()

function(fts_check_listed)
  get_property(listed DIRECTORY PROPERTY FTS_LISTED)
  file(GLOB present RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  foreach(file IN LISTS present)
    if(NOT file IN_LIST listed)
      message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/${file} is in no target: list it in CMakeLists.txt or delete it")
    endif()
  endforeach()
endfunction()
