awry_program(predict_bench SOURCES predict_bench.cc DEPENDS finance/category_predictor net base LIBRARIES awry_sdk)
