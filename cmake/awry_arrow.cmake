# Finds Arrow's C++ libraries and sets AWRY_ARROW_LIBRARIES, from the first of
#   AWRY_ARROW_ROOT   a prefix (include/ and lib/) or the folder of PyPI's pyarrow package,
#   find_package      a distribution's libarrow-dev and libparquet-dev,
#   python3           `pyarrow` of the Python at AWRY_PYTHON: its wheel brings headers and libraries.
set(AWRY_ARROW_ROOT "" CACHE PATH "Arrow: a prefix with include/ and lib/, or pyarrow's package folder")
set(AWRY_PYTHON python3 CACHE STRING "Python whose pyarrow is taken when no Arrow is installed")

# Makes one target of the headers and the two shared libraries (a wheel has no unversioned names).
function(awry_arrow_from folder found)
  set(${found} FALSE PARENT_SCOPE)
  if(NOT EXISTS ${folder}/include/arrow/api.h OR NOT EXISTS ${folder}/include/parquet/arrow/writer.h)
    return()
  endif()
  set(libraries)
  foreach(name arrow parquet)
    file(GLOB candidates ${folder}/lib${name}.so ${folder}/lib${name}.so.* ${folder}/lib/lib${name}.so
         ${folder}/lib/*/lib${name}.so ${folder}/lib64/lib${name}.so)
    if(NOT candidates)
      return()
    endif()
    list(GET candidates 0 library)
    add_library(awry_lib${name} SHARED IMPORTED GLOBAL)
    set_target_properties(awry_lib${name} PROPERTIES IMPORTED_LOCATION ${library}
                          INTERFACE_INCLUDE_DIRECTORIES ${folder}/include
                          INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${folder}/include)
    list(APPEND libraries awry_lib${name})
  endforeach()
  message(STATUS "Arrow: ${folder}")
  set(AWRY_ARROW_LIBRARIES ${libraries} PARENT_SCOPE)
  set(${found} TRUE PARENT_SCOPE)
endfunction()

if(AWRY_ARROW_ROOT)
  awry_arrow_from(${AWRY_ARROW_ROOT} found)
  if(NOT found)
    message(FATAL_ERROR "AWRY_ARROW_ROOT has no Arrow with Parquet: ${AWRY_ARROW_ROOT} "
            "(looked for include/parquet/arrow/writer.h, libarrow.so and libparquet.so)")
  endif()
else()
  find_package(Arrow CONFIG QUIET)
  find_package(Parquet CONFIG QUIET)
  if(Arrow_FOUND AND Parquet_FOUND)
    message(STATUS "Arrow: ${Arrow_DIR}")
    set(AWRY_ARROW_LIBRARIES Parquet::parquet_shared Arrow::arrow_shared)
  else()
    execute_process(COMMAND ${AWRY_PYTHON} -c "import os, pyarrow; print(os.path.dirname(pyarrow.__file__))"
                    OUTPUT_VARIABLE pyarrow OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set(found FALSE)
    if(pyarrow)
      awry_arrow_from(${pyarrow} found)
    endif()
    if(NOT found)
      message(FATAL_ERROR "AWRY_PARQUET=ON needs Arrow, and none was found. Either install your "
              "distribution's libarrow-dev and libparquet-dev, or PyPI's wheel:\n"
              "  python3 -m venv build/arrow && build/arrow/bin/pip install pyarrow\n"
              "  cmake … -DAWRY_PARQUET=ON -DAWRY_PYTHON=$PWD/build/arrow/bin/python\n"
              "or set AWRY_ARROW_ROOT to a folder with include/ and lib/.")
    endif()
  endif()
endif()
