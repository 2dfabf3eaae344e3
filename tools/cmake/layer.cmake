# ct_layer(segment SOURCES a.c b.c USES io codec [LIBRARIES PkgConfig::ZSTD])
# One object library per folder. Its headers are visible only to targets that name it in USES, so an
# upward #include does not compile and a cycle is refused at configure time.
function(ct_layer name)
    cmake_parse_arguments(L "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
    list(TRANSFORM L_USES PREPEND ct_)
    add_library(ct_${name} OBJECT ${L_SOURCES})
    target_include_directories(ct_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(ct_${name} PUBLIC ${L_USES} PRIVATE ct_flags ${L_LIBRARIES})
    set_property(GLOBAL APPEND PROPERTY CT_LAYERS ct_${name})
endfunction()
