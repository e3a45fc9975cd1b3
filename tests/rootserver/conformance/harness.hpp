// SPDX-License-Identifier: GPL-3.0-only
// The contract, line by line. A suite is a function that makes its own objects and calls the expect
// functions; each prints `ok NAME` or `FAIL NAME` with what was seen. Where an invocation was judged,
// [METHOD/ERROR] follows the name, for the coverage table (tools/sel4_coverage.py). Suites are listed in
// conformance.cpp.
#pragma once
#include <cstddef>
#include <initializer_list>

#include "tests/rootserver/common/rt.hpp"

namespace conformance {

using rt::Word;

inline constexpr Word kRoot = seL4_CapInitThreadCNode;
inline constexpr Word kSpace = seL4_CapInitThreadVSpace;
inline constexpr Word kSelf = seL4_CapInitThreadTCB;
inline constexpr Word kOwnPriority = 100;

struct Answer {
    Word method;  // the label it was invoked with
    Word label;
    Word length;
    Word badge;
    Word mr[24];
};

// A Call with these words and extra capabilities.
Answer invoke(Word cap, Word label, std::initializer_list<Word> words, std::initializer_list<Word> caps = {});

void expect(const char* name, bool good);
void expect_equal(const char* name, Word seen, Word wanted);
// The answer is this error with exactly these words.
void expect_error(const char* name, const Answer& answer, seL4_Error error,
                  std::initializer_list<Word> words = {});
// The same where the words after the first ones do not matter.
void expect_error_begins(const char* name, const Answer& answer, seL4_Error error,
                         std::initializer_list<Word> words);
void expect_success(const char* name, const Answer& answer);
void expect_code(const char* name, seL4_Error seen, seL4_Error wanted = seL4_NoError);

extern Word passed;
extern Word failed;

// True when the slot of the root CNode holds nothing.
bool is_empty(Word slot);
// Lets every other thread of this priority run until it blocks.
void settle();

void boot_info_suite();
void untyped_suite();
void cnode_suite();
void lookup_suite();
void ipc_suite();
void transfer_suite();
void notification_suite();
void thread_suite();
void register_suite();
void fault_suite();
void vspace_suite();
void device_suite();
void scheduler_suite();
void fpu_suite();
void machine_suite();
void argument_suite();
void resource_suite();
void extension_suite();

}  // namespace conformance
