// SPDX-License-Identifier: GPL-3.0-only
//
// The attribute list of NtCreateUserProcess and NtCreateThreadEx, read once from the caller and checked: each
// attribute is known, there once, of its size, and for what is made.
#pragma once

#include "executive/ps/thread.hpp"

namespace ps {

class AttributeList {
public:
    enum class Makes : uint8_t { Process, Thread };

    // A null pointer is an empty list. STATUS_INVALID_PARAMETER when it is malformed, has an attribute twice
    // or one that is not known, or not for a thread alone; STATUS_INFO_LENGTH_MISMATCH: of another size.
    static Result<AttributeList> capture(ke::Call& call, ke::UserIn<PS_ATTRIBUTE_LIST> in, Makes makes);

    // The attribute's number as in PS_ATTRIBUTE_NUM; null when it is not in the list.
    const PS_ATTRIBUTE* find(PS_ATTRIBUTE_NUM number) const;
    // The value of one that holds a T; `none` when it is not in the list.
    template <typename T>
    Result<T> read(ke::Call& call, PS_ATTRIBUTE_NUM number, T none) const {
        const PS_ATTRIBUTE* attribute = find(number);
        if (!attribute) return none;
        T value;
        TRY(call.memory().copy_in(&value, attribute->Value, sizeof value));
        return value;
    }
    // Fills PsAttributeClientId and PsAttributeTebAddress where asked for.
    Result<void> give_thread(ke::Call& call, const Thread& thread) const;
    Result<void> give_image(ke::Call& call, const SECTION_IMAGE_INFORMATION& information) const;
    Result<String> image_name(ke::Call& call) const;
    // What is asked of a thread's processors, of which there is one. STATUS_INVALID_PARAMETER: of another.
    Result<void> check_processors(ke::Call& call) const;

private:
    static constexpr size_t kMost = PsAttributeMax;  // each once
    Result<void> check(Makes makes) const;
    Result<void> give(ke::Call& call, PS_ATTRIBUTE_NUM number, const void* data, size_t length) const;
    PS_ATTRIBUTE attributes_[kMost] = {};
    size_t count_ = 0;
};

}  // namespace ps
