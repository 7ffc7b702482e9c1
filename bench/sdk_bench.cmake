# The SDK's cost per span; opentelemetry-cpp (Debian backports, libopentelemetry-cpp-dev) runs beside it
# when it is found.
find_package(benchmark REQUIRED)
add_executable(sdk_bench sdk_bench.cc)
awry_target_settings(sdk_bench)
target_link_libraries(sdk_bench PRIVATE awry_sdk benchmark::benchmark benchmark::benchmark_main)
find_package(opentelemetry-cpp CONFIG QUIET)
if(opentelemetry-cpp_FOUND)
  add_executable(sdk_bench_otel sdk_bench_otel.cc)
  target_link_libraries(sdk_bench_otel PRIVATE opentelemetry-cpp::trace benchmark::benchmark
                        benchmark::benchmark_main)
else()
  message(STATUS "sdk_bench_otel is skipped: opentelemetry-cpp was not found")
endif()
