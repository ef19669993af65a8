# Compiles through ccache where it is installed, precompiled headers included.
option(FTS_CCACHE "compile through ccache if it is there" ON)
find_program(CCACHE_PROGRAM ccache)
mark_as_advanced(CCACHE_PROGRAM)

if(FTS_CCACHE AND CCACHE_PROGRAM)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # A precompiled header carries macros and times that ccache would else refuse to look past.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
