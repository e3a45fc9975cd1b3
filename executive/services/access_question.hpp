// SPDX-License-Identifier: GPL-3.0-only
//
// What a server asks when it checks what its client may: the arguments that NtAccessCheck and its relatives
// share, read from the caller.
#pragma once

#include "executive/ke/in_slices.hpp"
#include "executive/se/access_check.hpp"

namespace services {

using namespace base;

// Of a PRIVILEGE_SET that a caller gives.
inline constexpr ULONG kMostPrivileges = 64;

struct Question {
    Ref<se::Token> token;
    Vector<uint8_t> descriptor;
    ob::GenericMapping mapping{};
    ACCESS_MASK desired = 0;
    bool has_self = false;
    Sid self;
    Vector<se::ObjectType> types;

    // Refers to this.
    se::AccessRequest request() const;
};

// STATUS_NO_IMPERSONATION_TOKEN, STATUS_BAD_IMPERSONATION_LEVEL.
Result<void> check_client_token(const se::Token& token);
Result<Ref<se::Token>> client_token(ke::Call& call, HANDLE handle, ACCESS_MASK access);

// All but self and types. STATUS_GENERIC_NOT_MAPPED, STATUS_INVALID_SECURITY_DESCR, as
// se::capture_descriptor().
Result<Question> read_question(ke::Call& call, Ref<se::Token> token, PVOID descriptor, ACCESS_MASK desired,
                               ke::UserIn<GENERIC_MAPPING> mapping);
// What the checks by type are given beside the question, in slices. `list` is of OBJECT_TYPE_LIST.
ke::Task<NTSTATUS> read_rest(ke::Call& call, Question& question, PSID self, uint64_t list, ULONG count);
// Goes through a check that has begun, in slices.
ke::Task<NTSTATUS> decide(ke::Call& call, se::AccessCheck& check);

}  // namespace services
