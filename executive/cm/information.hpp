// SPDX-License-Identifier: GPL-3.0-only
//
// What queries and enumerations tell of keys and values. A short buffer gets what fits:
// STATUS_BUFFER_OVERFLOW, or STATUS_BUFFER_TOO_SMALL when not even the fixed part fits.
#pragma once

#include "executive/cm/key.hpp"
#include "executive/ob/answer.hpp"

namespace cm {

// STATUS_INVALID_PARAMETER for an unknown class.
NTSTATUS give_key_information(ke::Call& call, const Key& key, ULONG which, ke::UserOutBuffer out,
                              ke::UserOut<ULONG> length);
// In slices, at the end of each of which it answers "again". Data that is replaced meanwhile is told anew.
NTSTATUS give_value_information(ke::Call& call, const Value& value, ULONG which, ke::UserOutBuffer out,
                                ke::UserOut<ULONG> length);

// The value that the slice before this one told of, if its data is still the same; else null.
Value* value_being_told(const ke::Call& call, const Key& key);

}  // namespace cm
