# fts_adapter_plugin(NAME SOURCES …): a library of adapters, and its schema beside it. Nothing of the runtime is linked:
# an adapter is headers, and what they need of the run comes from it. Part of the package that find_package(fts) finds.
function(fts_adapter_plugin name)
  cmake_parse_arguments(A "" "" "SOURCES" ${ARGN})
  add_library(${name} MODULE ${A_SOURCES})
  target_link_libraries(${name} PRIVATE fts::adapter)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND fts::plugin-schema $<TARGET_FILE:${name}> "$<TARGET_FILE_DIR:${name}>/lib${name}.schema.json"
    VERBATIM)
  add_dependencies(${name} fts::plugin-schema)
  if(COMMAND fts_guard_sources)
    fts_guard_sources(${A_SOURCES})
  endif()
endfunction()
