awry_program(ledger_bench SOURCES ledger_bench.cc DEPENDS finance/transaction_processor finance/ledger codec sql net base)
