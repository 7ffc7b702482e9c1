// Everything an application needs; see docs/sdk.md.
//
//   auto tracer = awry::sdk::setup_tracing("category-predictor");
//   {
//     auto span = tracer.start_as_current_span("categorize_transaction");
//     span.set_attribute("transaction.id", id);
//   }  // ends here
#pragma once

#include "awry/sdk/attribute.h"
#include "awry/sdk/attribute_set.h"
#include "awry/sdk/context.h"
#include "awry/sdk/propagation.h"
#include "awry/sdk/sampler.h"
#include "awry/sdk/setup.h"
#include "awry/sdk/span.h"
#include "awry/sdk/tracer.h"
