awry_program(ingest_bench SOURCES ingest_bench.cc store_shapes.cc DEPENDS awry/columnar awry/stats awry/store wire trace base)
awry_program(store_load SOURCES store_load.cc store_shapes.cc DEPENDS net wire trace base)
