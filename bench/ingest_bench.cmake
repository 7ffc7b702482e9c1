awry_program(ingest_bench SOURCES ingest_bench.cc store_shapes.cc DEPENDS awry/columnar awry/store wire trace base)
