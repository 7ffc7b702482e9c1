# How fast why answers from an open store, and how that grows. The made systems come with the tests.
if(TARGET awry_made)
  add_executable(why_bench why_bench.cc)
  awry_target_settings(why_bench)
  target_link_libraries(why_bench PRIVATE awry_made awry_columnar)
endif()
