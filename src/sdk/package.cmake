# `cmake --install` gives the SDK alone, as package awry-sdk with the target awry::sdk. The archive holds
# the rooms that it is made of; a program takes from it only what it uses.
include(CMakePackageConfigHelpers)
find_package(ZLIB REQUIRED)
add_library(awry_sdk_package STATIC
  $<TARGET_OBJECTS:awry_base> $<TARGET_OBJECTS:awry_codec> $<TARGET_OBJECTS:awry_trace>
  $<TARGET_OBJECTS:awry_wire> $<TARGET_OBJECTS:awry_net> $<TARGET_OBJECTS:awry_sdk>)
set_target_properties(awry_sdk_package PROPERTIES
  OUTPUT_NAME awry-sdk EXPORT_NAME sdk LINKER_LANGUAGE CXX)
target_compile_features(awry_sdk_package INTERFACE cxx_std_20)
target_link_libraries(awry_sdk_package PUBLIC fmt::fmt Threads::Threads ZLIB::ZLIB zstd)
target_include_directories(awry_sdk_package INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/awry-sdk)
install(TARGETS awry_sdk_package EXPORT awry-sdk-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT awry-sdk)
install(EXPORT awry-sdk-targets NAMESPACE awry:: DESTINATION ${package_dir} COMPONENT awry-sdk)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/awry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT awry-sdk)
configure_file(${CMAKE_CURRENT_LIST_DIR}/awry-sdk-config.cmake.in awry-sdk-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/awry-sdk-config-version.cmake
                                 VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/awry-sdk-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/awry-sdk-config-version.cmake
        DESTINATION ${package_dir} COMPONENT awry-sdk)
