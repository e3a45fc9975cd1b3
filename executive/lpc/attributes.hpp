// SPDX-License-Identifier: GPL-3.0-only
//
// Where each attribute of a message lies in the list that a program has made room for.
#pragma once

#include <stddef.h>

#include "abi/nt/ntlpcapi.h"

namespace lpc {

struct AttributeSize {
    ULONG which;
    size_t size;
};
// In their order.
inline constexpr AttributeSize kAttributeSizes[] = {
    {ALPC_MESSAGE_SECURITY_ATTRIBUTE, sizeof(ALPC_SECURITY_ATTR)},
    {ALPC_MESSAGE_VIEW_ATTRIBUTE, sizeof(ALPC_DATA_VIEW_ATTR)},
    {ALPC_MESSAGE_CONTEXT_ATTRIBUTE, sizeof(ALPC_CONTEXT_ATTR)},
    {ALPC_MESSAGE_HANDLE_ATTRIBUTE, sizeof(ALPC_HANDLE_ATTR)},
    {ALPC_MESSAGE_TOKEN_ATTRIBUTE, sizeof(ALPC_TOKEN_ATTR)},
    {ALPC_MESSAGE_DIRECT_ATTRIBUTE, sizeof(ALPC_DIRECT_ATTR)},
    {ALPC_MESSAGE_WORK_ON_BEHALF_ATTRIBUTE, sizeof(ALPC_WORK_ON_BEHALF_ATTR)},
};

// Bytes of a list with these, the two words before them included.
constexpr size_t attributes_size(ULONG allocated) {
    size_t size = sizeof(ALPC_MESSAGE_ATTRIBUTES);
    for (const AttributeSize& one : kAttributeSizes)
        if (allocated & one.which) size += one.size;
    return size;
}

// Where one of them begins; 0: it is not among them.
constexpr size_t attribute_offset(ULONG allocated, ULONG which) {
    if (!(allocated & which)) return 0;
    // Those of higher bits come first.
    return attributes_size(allocated & ~((which << 1) - 1));
}
static_assert(attribute_offset(ALPC_MESSAGE_ATTRIBUTE_ALL, ALPC_MESSAGE_SECURITY_ATTRIBUTE) == 8);
static_assert(attribute_offset(ALPC_MESSAGE_ATTRIBUTE_ALL, ALPC_MESSAGE_CONTEXT_ATTRIBUTE) == 0x40);
static_assert(attributes_size(ALPC_MESSAGE_ATTRIBUTE_ALL) == 0xa0);

}  // namespace lpc
