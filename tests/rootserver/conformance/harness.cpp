// SPDX-License-Identifier: GPL-3.0-only
#include "harness.hpp"

namespace conformance {

Word passed;
Word failed;

Answer invoke(Word cap, Word label, std::initializer_list<Word> words, std::initializer_list<Word> caps) {
    int i = 0;
    for (const Word word : words)
        seL4_SetMR(i++, word);
    int c = 0;
    for (const Word extra : caps)
        seL4_SetCap(c++, extra);
    Answer answer{};
    answer.method = label;
    const seL4_MessageInfo_t info = seL4_BufferCall(
        seL4_SysCall, cap, seL4_MessageInfo_new(label, 0, caps.size(), words.size()).words[0], &answer.badge);
    answer.label = seL4_MessageInfo_get_label(info);
    answer.length = seL4_MessageInfo_get_length(info);
    for (Word w = 0; w < answer.length && w < 24; ++w)
        answer.mr[w] = seL4_GetMR(static_cast<int>(w));
    return answer;
}

void expect(const char* name, bool good) {
    ++(good ? passed : failed);
    rt::print(good ? "ok " : "FAIL ", name);
}

void expect_equal(const char* name, Word seen, Word wanted) {
    ++(seen == wanted ? passed : failed);
    if (seen == wanted) {
        rt::print("ok ", name);
    } else {
        rt::print("FAIL ", name, ": ", rt::Hex{seen}, ", wanted ", rt::Hex{wanted});
    }
}

namespace {

void judge(const char* name, const Answer& answer, Word label, std::initializer_list<Word> words,
           bool whole) {
    bool good = answer.label == label && answer.badge == 0 &&
                (whole ? answer.length == words.size() : answer.length >= words.size());
    std::size_t i = 0;
    for (const Word word : words)
        good = good && answer.mr[i++] == word;
    ++(good ? passed : failed);
    if (good) {
        rt::print("ok ", name, " [", answer.method, "/", label, "]");
        return;
    }
    rt::put("FAIL ");
    rt::put(name);
    rt::put(": error ");
    rt::put(answer.label);
    for (Word w = 0; w < answer.length && w < 8; ++w) {
        rt::put(" ");
        rt::put(rt::Hex{answer.mr[w]});
    }
    rt::put(", wanted ");
    rt::put(label);
    for (const Word word : words) {
        rt::put(" ");
        rt::put(rt::Hex{word});
    }
    rt::put('\n');
}

}  // namespace

void expect_error(const char* name, const Answer& answer, seL4_Error error,
                  std::initializer_list<Word> words) {
    judge(name, answer, error, words, true);
}

void expect_error_begins(const char* name, const Answer& answer, seL4_Error error,
                         std::initializer_list<Word> words) {
    judge(name, answer, error, words, false);
}

void expect_success(const char* name, const Answer& answer) {
    judge(name, answer, seL4_NoError, {}, false);
}

void expect_code(const char* name, seL4_Error seen, seL4_Error wanted) {
    expect_equal(name, static_cast<Word>(seen), static_cast<Word>(wanted));
}

bool is_empty(Word slot) {
    // Moving a capability onto itself fails differently for an empty and a full slot.
    const Answer answer = invoke(kRoot, seL4_Label_CNode_Move, {slot, 64, slot, 64}, {kRoot});
    return answer.label == seL4_FailedLookup;
}

void settle() {
    for (int i = 0; i < 4; ++i)
        seL4_Yield();
}

}  // namespace conformance
