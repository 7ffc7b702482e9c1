# How well frauds are found, seed by seed, and how fast: docs/finance-models.md.
awry_program(fraud_bench SOURCES fraud_bench.cc fraud_world.cc DEPENDS finance/fraud_detector base)
