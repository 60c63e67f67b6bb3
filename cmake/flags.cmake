# Compiler flags of every target. Asserts stay on in release: they are the second reader.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")

set(PROMOGATE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")
option(PROMOGATE_COVERAGE "Count lines and branches" OFF)
option(PROMOGATE_FUZZ "Build the libFuzzer targets (clang)" OFF)

add_library(promogate_flags INTERFACE)
target_include_directories(promogate_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(promogate_flags INTERFACE -Wall -Wextra -Wpedantic -Werror -Wshadow -Wundef -Wformat=2
    -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla)
target_compile_definitions(promogate_flags INTERFACE _GNU_SOURCE PROMOGATE_VERSION="${PROJECT_VERSION}")

# Conversions are checked in what we ship; criterion's macros trip the warning in tests.
add_library(promogate_strict INTERFACE)
target_link_libraries(promogate_strict INTERFACE promogate_flags)
target_compile_options(promogate_strict INTERFACE -Wconversion)

# Hardening: stack, heap-adjacent and link-time protections that cost nothing measurable here.
target_compile_options(promogate_flags INTERFACE -fstack-protector-strong -fstack-clash-protection -fno-omit-frame-pointer)
target_link_options(promogate_flags INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  target_compile_options(promogate_flags INTERFACE -fcf-protection)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(promogate_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
include(CheckPIESupported)
check_pie_supported()

if(PROMOGATE_SANITIZE)
  target_compile_options(promogate_flags INTERFACE -fsanitize=${PROMOGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(promogate_flags INTERFACE -fsanitize=${PROMOGATE_SANITIZE})
endif()
if(PROMOGATE_FUZZ)
  target_compile_options(promogate_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PROMOGATE_COVERAGE)
  target_compile_options(promogate_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(promogate_flags INTERFACE --coverage)
endif()
