// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/shared_tables.hpp"

namespace ps {

namespace {

[[clang::no_destroy]] constinit SharedTables tables;

}  // namespace

SharedTables& shared_tables() {
    return tables;
}

}  // namespace ps
