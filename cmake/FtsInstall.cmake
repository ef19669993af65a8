# cmake --install: programs, libraries and headers, and what find_package(fts) reads: fts::compiler and, with the runtime,
# fts::runtime and fts_adapter_plugin(). Stages are targets of their own there too (fts::session), which programs need not
# know.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(fts_compiler INTERFACE)
target_link_libraries(fts_compiler INTERFACE fts_compile)
target_include_directories(fts_compiler INTERFACE "$<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>")

get_property(libraries GLOBAL PROPERTY FTS_LIBRARIES)
list(APPEND libraries fts_options fts_compiler)
set(programs ftsc)
if(FTS_RUNTIME)
  list(APPEND libraries fts_torch fts_runtime fts_adapter)
  list(APPEND programs ftsrun fts-plugin-schema)
endif()
foreach(target IN LISTS libraries programs)
  string(REGEX REPLACE "^fts[_-]" "" name "${target}")
  set_target_properties(${target} PROPERTIES EXPORT_NAME "${name}")
endforeach()
# By name: INSTALL_RPATH_USE_LINK_PATH leaves out a LibTorch inside the checkout, where `make setup` puts it.
if(FTS_RUNTIME)
  set_target_properties(${programs} PROPERTIES INSTALL_RPATH "${LibTorch_DIRECTORY}/lib")
endif()

set(folder "${CMAKE_INSTALL_LIBDIR}/cmake/fts")
install(TARGETS ${programs} EXPORT fts)
install(TARGETS ${libraries} EXPORT fts)
install(EXPORT fts NAMESPACE fts:: DESTINATION "${folder}" FILE fts-targets.cmake)
configure_package_config_file(cmake/fts-config.cmake.in fts-config.cmake INSTALL_DESTINATION "${folder}")
write_basic_package_version_file(fts-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/fts-config.cmake" "${PROJECT_BINARY_DIR}/fts-config-version.cmake"
  cmake/FindLibTorch.cmake cmake/FtsAdapterPlugin.cmake DESTINATION "${folder}")

# <fts/session.hpp> includes "runtime/session/session.hpp", which stands below it.
install(DIRECTORY "${CMAKE_BINARY_DIR}/include/fts" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY compiler runtime DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/fts"
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")
