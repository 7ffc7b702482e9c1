# awry_room(NAME
#   SOURCES a.cc …      files of the library, listed, never globbed
#   HEADERS a.h …       headers that other rooms may include; each must compile alone
#   TESTS a_test.cc …   one test binary per room: NAME_test
#   FUZZ a_fuzz.cc …    one libFuzzer target per file, built with the `fuzz` preset
#   DEPENDS room …      the only place where a dependency on another room is declared
#   LIBRARIES lib …     third-party targets
#   TEST_DEPENDS room … rooms and libraries that only the tests need
#   POSTGRES            the tests keep their tables where sql::TestDatabaseUrl says: CTest runs them on PostgreSQL
#                       as well, as NAME_postgres_test of kind integration (not under a sanitizer)
# )
# NAME is the room's folder under src/, as in the map (awry/store, finance/ledger); so are the DEPENDS.
# Makes the library target awry_store for awry/store, awry_finance_ledger for finance/ledger, and the
# test binary awry_store_test. Includes are written "awry/store/file.h".
# Options are structs with defaults, called with {.timeout = 5s}: leaving fields out is the point.
set(AWRY_WARNINGS -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # GCC 12's std::stable_sort uses a function that its own headers call deprecated.
  list(APPEND AWRY_WARNINGS -Wthread-safety -Wno-error=deprecated-declarations)
endif()

function(awry_target_settings target)
  target_compile_options(${target} PRIVATE ${AWRY_WARNINGS})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
endfunction()

function(awry_room_targets out)
  set(targets)
  foreach(room ${ARGN})
    string(REGEX REPLACE "^awry/" "" target ${room})
    string(REPLACE "/" "_" target awry_${target})
    list(APPEND targets ${target})
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

function(awry_room name)
  cmake_parse_arguments(ROOM "POSTGRES" "" "SOURCES;HEADERS;TESTS;FUZZ;DEPENDS;LIBRARIES;TEST_DEPENDS;TEST_LIBRARIES" ${ARGN})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT name STREQUAL folder)
    message(FATAL_ERROR "awry_room(${name}): a room is named after its folder, ${folder}")
  endif()
  awry_room_targets(target ${name})
  awry_room_targets(depends ${ROOM_DEPENDS})
  if(ROOM_SOURCES)
    add_library(${target} STATIC ${ROOM_SOURCES})
    set(scope PUBLIC)
    awry_target_settings(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(${target} ${scope} ${depends} ${ROOM_LIBRARIES} fmt::fmt Threads::Threads)
  if(ROOM_HEADERS)
    target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src
                   FILES ${ROOM_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
  if(AWRY_TESTS AND ROOM_TESTS)
    awry_room_targets(test_depends ${ROOM_TEST_DEPENDS})
    awry_test(${target}_test SOURCES ${ROOM_TESTS}
              LIBRARIES ${target} ${test_depends} ${ROOM_TEST_LIBRARIES})
    if(ROOM_POSTGRES AND NOT AWRY_SANITIZE)
      # A program of its own name, as ./test looks for.
      set(postgres_test ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${target}_postgres_test)
      file(WRITE ${postgres_test} "#!/bin/sh\nAWRY_TEST_ENGINE=postgres exec \"\$(dirname \"$0\")/${target}_test\" \"$@\"\n")
      file(CHMOD ${postgres_test} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
      add_test(NAME ${target}_postgres_test COMMAND ${postgres_test} --gtest_brief=1)
      set_tests_properties(${target}_postgres_test PROPERTIES LABELS integration TIMEOUT 600)
    endif()
  endif()
  if(AWRY_FUZZ)
    foreach(file ${ROOM_FUZZ})
      get_filename_component(stem ${file} NAME_WE)
      add_executable(${stem} ${file})
      awry_target_settings(${stem})
      target_link_libraries(${stem} PRIVATE ${target})
      target_link_options(${stem} PRIVATE -fsanitize=fuzzer)
      set_property(GLOBAL APPEND PROPERTY AWRY_FUZZ_TARGETS ${stem})
    endforeach()
  endif()
endfunction()

# awry_test(NAME SOURCES … LIBRARIES … [KIND integration] [TIMEOUT s]): one GoogleTest binary, one
# CTest test per binary, labelled with its kind (default: unit).
function(awry_test name)
  cmake_parse_arguments(T "" "KIND;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT T_KIND)
    set(T_KIND unit)
  endif()
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 600)
  endif()
  add_executable(${name} ${T_SOURCES})
  awry_target_settings(${name})
  target_link_libraries(${name} PRIVATE ${T_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE AWRY_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             AWRY_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS ${T_KIND} TIMEOUT ${T_TIMEOUT})
endfunction()

# awry_program(NAME SOURCES … DEPENDS room … LIBRARIES lib …): one program in build/bin.
function(awry_program name)
  cmake_parse_arguments(P "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
  awry_room_targets(depends ${P_DEPENDS})
  add_executable(${name} ${P_SOURCES})
  awry_target_settings(${name})
  target_link_libraries(${name} PRIVATE ${depends} ${P_LIBRARIES} fmt::fmt Threads::Threads)
  set_property(GLOBAL APPEND PROPERTY AWRY_PROGRAMS ${name})
endfunction()
