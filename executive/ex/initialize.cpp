// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/ex.hpp"
#include "executive/ps/thread.hpp"

namespace ex {

namespace {

constinit KeyedEvent* g_critical_section_event = nullptr;
constinit DriverList* g_driver_list = nullptr;

// The caller as its token sees it.
class CallerTokens final : public ob::TokenSource {
public:
    const se::Token& subject(ke::Call& call) override {
        auto token = effective(ps::current(call));
        return token ? (*token)->content : system_;
    }
    Result<Ref<ob::Object>> pseudo_handle(ke::Call& call, HANDLE handle) override {
        ps::Thread& thread = ps::current(call);
        if (handle == NtCurrentProcessToken()) return TRY(primary_token(thread.process()));
        if (handle == NtCurrentThreadToken()) return TRY(thread_token(thread));
        return TRY(effective(thread));
    }

private:
    static Result<Ref<Token>> effective(ps::Thread& thread) {
        if (thread.impersonation()) return thread_token(thread);
        return primary_token(thread.process());
    }
    // For a process whose token cannot be made for want of memory: all of them are the system's.
    se::Token system_;
};

constinit CallerTokens g_caller_tokens;

}  // namespace

void set_driver_list(DriverList& list) {
    g_driver_list = &list;
}

DriverList* driver_list() {
    return g_driver_list;
}

KeyedEvent& critical_section_event() {
    ASSERT(g_critical_section_event);
    return *g_critical_section_event;
}

Result<void> initialize() {
    for (const ob::Type* type : {&Event::kType, &Mutant::kType, &Semaphore::kType, &Timer::kType,
                                 &KeyedEvent::kType, &IoCompletion::kType, &Token::kType})
        ob::register_type(*type);
    Ref<KeyedEvent> event = TRY(KeyedEvent::create());
    TRY(ob::insert_path(u"\\KernelObjects\\CritSecOutOfMemoryEvent", *event, true));
    g_critical_section_event = event.get();
    ob::set_token_source(g_caller_tokens);
    return {};
}

}  // namespace ex
