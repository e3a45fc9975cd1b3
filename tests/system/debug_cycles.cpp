// SPDX-License-Identifier: GPL-3.0-only
// Processes that only a debugger could let go on that does not run itself: they can be ended all the same.
#define PROGRAM u"debug_cycles"
#include "tests/system/debugger.h"

namespace {

// From now on `debugger` alone can answer what happens in `debugged`, which stands already.
bool hand_over(const Child& debugger, const Child& debugged) {
    Debugger object;
    HANDLE given = nullptr;
    return NtDebugActiveProcess(debugged.process, object.object) == STATUS_SUCCESS &&
           NtDuplicateObject(NtCurrentProcess(), object.object, debugger.process, &given, 0, 0,
                             DUPLICATE_SAME_ACCESS) == STATUS_SUCCESS;
}

}  // namespace

TEST(who_debugs_himself_ends) {
    Child child(u"child waits", nullptr);
    REQUIRE(hand_over(child, child));
    CHECK(NtTerminateProcess(child.process, 21) == STATUS_SUCCESS);
    CHECK(child.wait() == 21);
}

TEST(two_who_debug_each_other_end) {
    Child one(u"child waits", nullptr), other(u"child crowd", nullptr);
    REQUIRE(hand_over(one, other) && hand_over(other, one));
    CHECK(NtTerminateProcess(one.process, 22) == STATUS_SUCCESS);
    CHECK(one.wait() == 22);
    // With the debugger's end, which is said to be the end of what it debugs.
    CHECK(other.wait() == STATUS_DEBUGGER_INACTIVE);
}

TEST(a_ring_of_debuggers_ends) {
    Child first(u"child waits", nullptr), second(u"child waits", nullptr), third(u"child waits", nullptr);
    REQUIRE(hand_over(first, second) && hand_over(second, third) && hand_over(third, first));
    const HANDLE all[] = {first.process, second.process, third.process};
    CHECK(NtTerminateProcess(third.process, 23) == STATUS_SUCCESS);
    LARGE_INTEGER time;
    time.QuadPart = 5 * kSecond;
    CHECK(NtWaitForMultipleObjects(3, all, WaitAll, FALSE, &time) == STATUS_SUCCESS);
}
