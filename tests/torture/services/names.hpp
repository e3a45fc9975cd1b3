// SPDX-License-Identifier: GPL-3.0-only
//
// Names of every kind: of objects, keys, files, programs; short, long, deep, malformed. Those that the fuzzer
// makes lie where it can find and remove them again: in \BaseNamedObjects\torture,
// \Registry\Machine\Software\torture and
// \SystemRoot\torture.
#pragma once

#include "tests/torture/services/world.hpp"

namespace torture {

// A string for an argument of `service`. `fillable` ones have room behind them.
UNICODE_STRING string(World& world, const service_table::Service& service, bool fillable, bool tame);
OBJECT_ATTRIBUTES attributes(World& world, const service_table::Service& service, bool tame);
// A program that ends by itself, or this one's like.
UNICODE_STRING image_name(World& world);

}  // namespace torture
