# FindLibTorch: LibTorch from an unpacked Python wheel or from a libtorch archive. Needs no CUDA toolkit and no Python;
# LibTorch's own CMake package asks for the toolkit of the CUDA version it was built with, even to link the CPU part.
#
# Looked for, in this order, with include/ and lib/ either there or under torch/:
#   LIBTORCH_ROOT, the environment's LIBTORCH, CMAKE_PREFIX_PATH (variable and environment), .deps/libtorch
# Gives
#   LibTorch::CPU    libtorch_cpu and libc10, headers SYSTEM
#   LibTorch::NCCL   libtorch_cuda and the headers of CUDA and NCCL, only where all of them are
#   LibTorch_DIRECTORY, LibTorch_VERSION
set(LIBTORCH_ROOT "" CACHE PATH "folder of LibTorch: holds include/ and lib/, or torch/ and nvidia/")

set(_header include/torch/csrc/api/include/torch/torch.h)
string(REPLACE ":" ";" _prefixes "$ENV{CMAKE_PREFIX_PATH}")
set(LibTorch_DIRECTORY "LibTorch_DIRECTORY-NOTFOUND")
foreach(_root IN LISTS LIBTORCH_ROOT ITEMS "$ENV{LIBTORCH}" LISTS CMAKE_PREFIX_PATH _prefixes
        ITEMS "${PROJECT_SOURCE_DIR}/.deps/libtorch")
  if(_root STREQUAL "")
    continue()
  endif()
  # torch.utils.cmake_prefix_path is torch/share/cmake
  foreach(_layout "${_root}" "${_root}/torch" "${_root}/../..")
    get_filename_component(_layout "${_layout}" ABSOLUTE BASE_DIR "${PROJECT_SOURCE_DIR}")
    if(NOT LibTorch_DIRECTORY AND EXISTS "${_layout}/${_header}")
      set(LibTorch_DIRECTORY "${_layout}")
    endif()
  endforeach()
endforeach()

set(LibTorch_INCLUDE_DIRS "${LibTorch_DIRECTORY}/include" "${LibTorch_DIRECTORY}/include/torch/csrc/api/include")
set(_lib "${LibTorch_DIRECTORY}/lib")
if(EXISTS "${_lib}/libtorch_cpu.so" AND EXISTS "${_lib}/libc10.so")
  set(LibTorch_LIBRARIES "${_lib}/libtorch_cpu.so" "${_lib}/libc10.so")
endif()

# 2.9 moved the macros here.
foreach(_file torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(NOT LibTorch_VERSION AND EXISTS "${LibTorch_DIRECTORY}/include/${_file}")
    file(STRINGS "${LibTorch_DIRECTORY}/include/${_file}" _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
    list(JOIN _numbers "." LibTorch_VERSION)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_DIRECTORY LibTorch_LIBRARIES
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "'make setup' downloads one. Or give -DLIBTORCH_ROOT=folder, or build the compiler alone with -DFTS_RUNTIME=OFF.")

function(_libtorch_cpu)
  add_library(LibTorch::C10 SHARED IMPORTED)
  set_target_properties(LibTorch::C10 PROPERTIES IMPORTED_LOCATION "${_lib}/libc10.so")
  add_library(LibTorch::CPU SHARED IMPORTED)
  set_target_properties(LibTorch::CPU PROPERTIES
    IMPORTED_LOCATION "${_lib}/libtorch_cpu.so"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIRS}"
    INTERFACE_COMPILE_DEFINITIONS "USE_DISTRIBUTED;USE_C10D_GLOO"
    INTERFACE_LINK_LIBRARIES LibTorch::C10)
endfunction()

# Headers of CUDA and NCCL: the wheels beside torch/, or a toolkit. Nothing of theirs is linked: libtorch_cuda does that.
function(_libtorch_nccl)
  get_filename_component(nvidia "${LibTorch_DIRECTORY}/../nvidia" ABSOLUTE)
  file(GLOB wheels "${nvidia}/*/include")
  set(places HINTS ${wheels} ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES include)
  # of nvidia-cuda-crt, which torch does not require
  find_path(LibTorch_CUDA_INCLUDE_DIR crt/host_config.h ${places})
  find_path(LibTorch_NCCL_INCLUDE_DIR nccl.h ${places})
  mark_as_advanced(LibTorch_CUDA_INCLUDE_DIR LibTorch_NCCL_INCLUDE_DIR)
  if(NOT LibTorch_CUDA_INCLUDE_DIR OR NOT LibTorch_NCCL_INCLUDE_DIR OR NOT EXISTS "${_lib}/libtorch_cuda.so")
    return()
  endif()
  add_library(LibTorch::C10_CUDA SHARED IMPORTED)
  set_target_properties(LibTorch::C10_CUDA PROPERTIES
    IMPORTED_LOCATION "${_lib}/libc10_cuda.so"
    INTERFACE_LINK_LIBRARIES LibTorch::C10)
  add_library(LibTorch::NCCL SHARED IMPORTED)
  set_target_properties(LibTorch::NCCL PROPERTIES
    IMPORTED_LOCATION "${_lib}/libtorch_cuda.so"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_CUDA_INCLUDE_DIR};${LibTorch_NCCL_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS USE_C10D_NCCL
    INTERFACE_LINK_OPTIONS LINKER:--no-as-needed
    INTERFACE_LINK_LIBRARIES "LibTorch::CPU;LibTorch::C10_CUDA")
endfunction()

if(LibTorch_FOUND AND NOT TARGET LibTorch::CPU)
  _libtorch_cpu()
  _libtorch_nccl()
endif()
