awry_program(net_bench SOURCES net_bench.cc DEPENDS net sql codec base)
