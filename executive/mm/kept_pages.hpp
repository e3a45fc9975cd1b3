// SPDX-License-Identifier: GPL-3.0-only
//
// A store of frames that may be given back slice by slice when its owner has gone.
#pragma once

#include "executive/mm/page_store.hpp"
#include "executive/mm/remains.hpp"

namespace mm {

struct KeptPages final : Remains {
    PageStore store;
    bool give_back(size_t count) override { return store.drop(count); }
};

}  // namespace mm
