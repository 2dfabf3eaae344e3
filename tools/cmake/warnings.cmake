# Flags that every target of ours shares; never forced on those who embed the library.
add_library(ct_flags INTERFACE)
target_compile_options(ct_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wcast-qual -Wswitch-enum
        -Wdouble-promotion -Wformat=2 -Wpointer-arith -fno-strict-aliasing>
    $<$<AND:$<COMPILE_LANGUAGE:C>,$<CONFIG:Release>>:-O3>)
target_compile_definitions(ct_flags INTERFACE _GNU_SOURCE)
if(CENTIME_WARNINGS_AS_ERRORS)
    target_compile_options(ct_flags INTERFACE -Werror)
endif()
if(CENTIME_SANITIZE)
    target_compile_options(ct_flags INTERFACE -fsanitize=${CENTIME_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    target_compile_definitions(ct_flags INTERFACE CT_SANITIZED=1)
    target_link_options(ct_flags INTERFACE -fsanitize=${CENTIME_SANITIZE})
endif()
