awry_program(ingest_bench SOURCES ingest_bench.cc DEPENDS awry/columnar awry/store wire trace base)
