// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors of new processes, threads and tokens.
#pragma once

#include "executive/se/token.hpp"

namespace se {

// What an object of this type gets: what is asked for (a checked descriptor; empty: nothing), and from
// `token` what that does not say: owner, group, default DACL. With `label`, the token's integrity level is
// the object's, which nobody below it reads or writes; unless what is asked for has a label.
Result<Ref<ob::Descriptor>> default_descriptor(const Token& token, const ob::Type& type,
                                               std::span<const uint8_t> asked, bool label);

// For the processes of the system itself: all for SYSTEM and administrators; users see them in lists, may
// wait for them and read this descriptor.
Result<Vector<uint8_t>> system_process_descriptor();

}  // namespace se
