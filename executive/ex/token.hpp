// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens as objects. A process gets its primary token when somebody first asks for it; a thread has one only
// while it impersonates.
#pragma once

#include "abi/nt/ntseapi.h"
#include "executive/ob/ob.hpp"
#include "executive/se/token.hpp"

namespace ps {
class Process;
class Thread;
}  // namespace ps

namespace ex {

class Token final : public ob::Object {
public:
    static const ob::Type kType;
    static Result<Ref<Token>> create(TOKEN_TYPE type, const se::Token& content);

    se::Token content;
    const LUID id;
    LUID modified_id;
    TOKEN_TYPE token_type() const { return token_type_; }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Token(TOKEN_TYPE type, const se::Token& content, LUID id)
        : Object(kType), content(content), id(id), modified_id(id), token_type_(type) {}

    TOKEN_TYPE token_type_;
};

LUID allocate_luid();
// The process's primary token, made now if need be.
Result<Ref<Token>> primary_token(ps::Process& process);
// STATUS_NO_TOKEN when the thread acts as its process.
Result<Ref<Token>> thread_token(ps::Thread& thread);

}  // namespace ex
