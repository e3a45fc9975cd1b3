// SPDX-License-Identifier: GPL-3.0-only
//
// The attribute list of NtCreateUserProcess and NtCreateThreadEx, read once from the caller.
#pragma once

#include "executive/ps/thread.hpp"

namespace ps {

class AttributeList {
public:
    // A null pointer is an empty list. STATUS_INVALID_PARAMETER when it is malformed.
    static Result<AttributeList> capture(ke::Call& call, ke::UserIn<PS_ATTRIBUTE_LIST> in);

    // The attribute's number as in PS_ATTRIBUTE_NUM; null when it is not in the list.
    const PS_ATTRIBUTE* find(PS_ATTRIBUTE_NUM number) const;
    // Fills PsAttributeClientId and PsAttributeTebAddress where asked for.
    Result<void> give_thread(ke::Call& call, const Thread& thread) const;
    Result<void> give_image(ke::Call& call, const SECTION_IMAGE_INFORMATION& information) const;
    Result<String> image_name(ke::Call& call) const;

private:
    static constexpr size_t kMost = 24;
    Result<void> give(ke::Call& call, PS_ATTRIBUTE_NUM number, const void* data, size_t length) const;
    PS_ATTRIBUTE attributes_[kMost] = {};
    size_t count_ = 0;
};

}  // namespace ps
