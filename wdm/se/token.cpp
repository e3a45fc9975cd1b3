// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/se/token.hpp"

#include <new>

#include "wdm/platform/platform.hpp"
#include "wdm/rtl/list.hpp"

namespace se {

namespace {

constinit platform::Lock lock;
constinit Token* kept = nullptr;  // for the next

}  // namespace

Token* make_token(ULONG64 request, ULONG which, LONG level) {
    void* memory = nullptr;
    {
        platform::Guard guard(lock);
        if (kept != nullptr) {
            memory = kept;
            kept = kept->next;
        }
    }
    if (memory == nullptr) memory = platform::allocate(sizeof(Token));
    if (memory == nullptr) return nullptr;
    auto* token = new (memory) Token{};
    token->header.Type = kTokenHeader;
    rtl::initialise(token->header.WaitListHead);
    token->references = 1;
    token->which = which;
    token->request = request;
    token->level = level;
    return token;
}

void reference(Token& token) {
    __atomic_add_fetch(&token.references, 1, __ATOMIC_RELAXED);
}

void dereference(Token& token) {
    if (__atomic_sub_fetch(&token.references, 1, __ATOMIC_ACQ_REL) != 0) return;
    platform::Guard guard(lock);
    token.next = kept;
    kept = &token;
}

void capture(SECURITY_SUBJECT_CONTEXT& context, ULONG64 request, const WDM_SUBJECT* subject) {
    context = {};
    bool acting = subject != nullptr && subject->Acting != 0;
    if (acting) {
        context.ClientToken = make_token(request, WDM_SUBJECT_IMPERSONATION);
        context.ImpersonationLevel = static_cast<SECURITY_IMPERSONATION_LEVEL>(subject->Acting - 1);
    }
    context.PrimaryToken = make_token(request, WDM_SUBJECT_PRIMARY);
    ULONG64 process = subject != nullptr ? subject->Process : platform::current_process_id();
    context.ProcessAuditId = reinterpret_cast<PVOID>(process);
    // One who acts as another and cannot be told so is nobody.
    if (context.PrimaryToken == nullptr || (acting && context.ClientToken == nullptr)) release(context);
}

void release(SECURITY_SUBJECT_CONTEXT& context) {
    if (context.ClientToken != nullptr) dereference(*static_cast<Token*>(context.ClientToken));
    if (context.PrimaryToken != nullptr) dereference(*static_cast<Token*>(context.PrimaryToken));
    context = {};
}

}  // namespace se
