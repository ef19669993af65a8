# fts_embed(TARGET OUT FOLDER EXTENSION PREFIX): lets TARGET include OUT, which has one `{"<PREFIX>.<stem>", R"(text)"},` a file of
# FOLDER with that extension, sorted by name. An empty PREFIX leaves the stem alone. Remade when a file changes.
function(fts_embed target out folder extension prefix)
  set(path "${CMAKE_CURRENT_BINARY_DIR}/embed/${out}")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.${extension}")
  add_custom_command(OUTPUT "${path}"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${path}" "-DFOLDER=${folder}" "-DEXTENSION=${extension}" "-DPREFIX=${prefix}"
      -P "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake" VERBATIM)
  target_sources(${target} PRIVATE "${path}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/embed")
endfunction()
