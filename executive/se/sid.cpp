// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/sid.hpp"

#include <string.h>

namespace se {

Result<Sid> Sid::parse(std::span<const uint8_t> bytes) {
    Sid sid;
    if (bytes.size() < 8 || bytes[0] != SID_REVISION || bytes[1] > SID_MAX_SUB_AUTHORITIES)
        return fail(STATUS_INVALID_SID);
    sid.count_ = bytes[1];
    if (bytes.size() < sid.size()) return fail(STATUS_INVALID_SID);
    memcpy(sid.authority_, &bytes[2], sizeof(sid.authority_));
    memcpy(sid.parts_, &bytes[8], 4 * size_t{sid.count_});
    return sid;
}

bool Sid::operator==(const Sid& other) const {
    return count_ == other.count_ && memcmp(&revision_, &other.revision_, size()) == 0;
}

}  // namespace se
