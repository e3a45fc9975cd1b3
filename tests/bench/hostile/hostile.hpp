// SPDX-License-Identifier: GPL-3.0-only
//
// What the loads have in common, and the loads themselves, by what they misuse.
#pragma once

#include "abi/nt/neptune.h"
#include "apps/common/format.hpp"
#include "apps/common/native.hpp"

namespace hostile {

using app::View;

constexpr ULONG kAccess = EVENT_ALL_ACCESS;
constexpr SIZE_T kMegabyte = 1 << 20;

void print_text(const app::Text& text);
template <typename... Values>
void print(View pattern, const Values&... values) {
    print_text(app::format(pattern, values...));
}
void fail(View what, NTSTATUS status);
void sleep(LONG milliseconds);
PVOID memory(SIZE_T size);
void give_back(PVOID base);
HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter);
// "stem123"
app::Text numbered(View stem, ULONG number);

struct Load {
    const WCHAR* name;
    void (*run)();
};
struct Loads {
    const Load* first;
    SIZE_T count;
};
Loads thread_loads();
Loads memory_loads();
Loads name_loads();
Loads queue_loads();
Loads registry_loads();
Loads request_loads();
Loads restart_loads();
Loads hoard_loads();
Loads token_loads();
Loads file_loads();
// What this program does when it is started as its own child.
Loads child_loads();

}  // namespace hostile
