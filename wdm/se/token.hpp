// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens as a driver holds them: no token, but the Id of the request about whose subject the Executive is
// asked, which knows it as long as the request is there. A driver that keeps one longer is told nothing and
// granted nothing.
#pragma once

#include "abi/wdm/ketypes.h"
#include "abi/wdm/ring.h"
#include "abi/wdm/setypes.h"
#include "abi/wdm/subject.h"

namespace se {

// What ob finds it by, beside the kinds that have a dispatcher header of NT's.
constexpr UCHAR kTokenHeader = 0x54;

struct Token {
    DISPATCHER_HEADER header;
    LONG references;
    ULONG which;      // WDM_SUBJECT_*
    ULONG64 request;  // 0: the calling thread itself
    // For acting as it: SECURITY_IMPERSONATION_LEVEL, or kNotToActAs.
    LONG level;
    Token* next;
};
constexpr LONG kNotToActAs = -1;

// With one reference; null without memory.
Token* make_token(ULONG64 request, ULONG which, LONG level = kNotToActAs);
void reference(Token& token);
void dereference(Token& token);

// The context of a request, or with 0 of the calling thread itself; `subject` of that request, or null.
void capture(SECURITY_SUBJECT_CONTEXT& context, ULONG64 request, const WDM_SUBJECT* subject);
void release(SECURITY_SUBJECT_CONTEXT& context);

// The answer in a block of the pool, which the caller frees.
NTSTATUS query(const Token& token, ULONG information_class, PVOID* information);

}  // namespace se
