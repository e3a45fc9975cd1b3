// SPDX-License-Identifier: GPL-3.0-only
//
// Random tokens, descriptors and requests: the Executive's access check and the model agree. DECISIONS in the
// environment says how many (50,000, in a long run 1,000,000); SEED where to begin.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <random>
#include <sstream>

#include "tests/host/security/convert.hpp"

namespace {

class Dice {
public:
    explicit Dice(uint64_t seed) : engine_(seed) {}
    unsigned below(unsigned limit) { return static_cast<unsigned>(engine_() % limit); }
    bool one_in(unsigned times) { return below(times) == 0; }
    template <typename T, size_t N>
    const T& of(const T (&list)[N]) {
        return list[below(N)];
    }

private:
    std::mt19937_64 engine_;
};

// Few, so that they meet.
const std::string kSids[] = {"S-1-1-0",      "S-1-5-11",     "S-1-5-18",     "S-1-5-32-544", "S-1-5-32-545",
                             "S-1-5-21-1-2", "S-1-5-21-1-3", "S-1-5-21-1-4", "S-1-5-12",     "S-1-5-7"};
const std::string kTypes[] = {"one", "two", "three", "four", "five", "six", "seven"};
const uint32_t kBits[] = {0x1, 0x2, 0x4, 0x8, 0x100, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x100000};
const uint32_t kLevels[] = {0, 0x1000, 0x2000, 0x2100, 0x3000, 0x4000};

uint32_t some_rights(Dice& dice) {
    uint32_t mask = 0;
    for (unsigned i = dice.below(5); i < 5; ++i)
        mask |= dice.of(kBits);
    return dice.one_in(8) ? 0x1fffff : mask;
}

model::Token some_token(Dice& dice) {
    model::Token token;
    token.user = dice.of(kSids);
    token.user_denies_only = dice.one_in(8);
    std::set<std::string> used{token.user};
    for (unsigned i = dice.below(5); i > 0; --i) {
        std::string sid = dice.of(kSids);
        if (used.insert(sid).second)
            token.groups.push_back({sid, static_cast<model::Use>(dice.below(3) * dice.below(2))});
    }
    token.restricted = dice.one_in(3);
    token.write_restricted = token.restricted && dice.one_in(2);
    for (unsigned i = dice.below(6); i > 0 && token.restricted; --i)
        token.restricting.insert(dice.of(kSids));
    token.security = dice.one_in(2);
    token.take_ownership = dice.one_in(4);
    token.relabel = dice.one_in(6);
    token.integrity = dice.of(kLevels);
    token.no_write_up = !dice.one_in(6);
    return token;
}

model::Entry some_entry(Dice& dice) {
    constexpr model::Kind kKinds[] = {
        model::Kind::Allow, model::Kind::Allow,         model::Kind::Allow,        model::Kind::Deny,
        model::Kind::Deny,  model::Kind::AllowCallback, model::Kind::DenyCallback, model::Kind::Audit};
    model::Entry entry{dice.of(kKinds), some_rights(dice), dice.of(kSids), false, {}, false};
    if (dice.one_in(8)) entry.sid = "S-1-3-4";
    if (dice.one_in(8)) entry.sid = "S-1-5-10";
    entry.inherit_only = dice.one_in(8);
    entry.object = dice.one_in(2);
    if (entry.object && !dice.one_in(4)) entry.type = dice.of(kTypes);
    return entry;
}

std::vector<model::Part> some_parts(Dice& dice) {
    std::vector<model::Part> parts;
    unsigned count = dice.one_in(2) ? 0 : 1 + dice.below(6);
    for (unsigned i = 0; i < count; ++i) {
        unsigned deepest = i ? std::min(parts.back().level + 1, 4u) : 0;
        parts.push_back({i ? 1 + dice.below(deepest) : 0, kTypes[i]});
    }
    return parts;
}

model::Request some_request(Dice& dice) {
    model::Request request;
    request.token = some_token(dice);
    model::Descriptor& descriptor = request.descriptor;
    if (!dice.one_in(12)) descriptor.owner = dice.of(kSids);
    descriptor.null_list = dice.one_in(12);
    for (unsigned i = dice.below(9); i > 0 && !descriptor.null_list; --i)
        descriptor.entries.push_back(some_entry(dice));
    if (dice.one_in(2)) descriptor.label = {dice.of(kLevels), dice.below(8)};
    request.desired = some_rights(dice);
    if (dice.one_in(3)) request.desired = 0x02000000 | (dice.one_in(2) ? 0 : request.desired);
    if (dice.one_in(8)) request.desired |= 0x01000000;
    if (dice.one_in(40)) request.desired = 0;
    request.mapping = {0x20001 | dice.below(16), 0x20002 | dice.below(16), 0x120000 | dice.below(16),
                       0x1f810f};
    if (dice.one_in(2)) request.self = dice.of(kSids);
    request.parts = some_parts(dice);
    return request;
}

uint64_t number(const char* name, uint64_t usual) {
    const char* text = getenv(name);
    return text ? strtoull(text, nullptr, 0) : usual;
}

// For whoever looks into a difference.
std::string describe(const model::Request& request) {
    std::ostringstream text;
    const model::Token& token = request.token;
    text << std::hex << "desired " << request.desired << ", mapping " << request.mapping.read << " "
         << request.mapping.write << " " << request.mapping.execute << "\nuser " << token.user
         << (token.user_denies_only ? " deny" : "");
    for (const model::Group& group : token.groups)
        text << ", " << group.sid << " " << static_cast<int>(group.use);
    if (token.restricted) text << (token.write_restricted ? "\nwrite restricting" : "\nrestricting");
    for (const std::string& sid : token.restricting)
        text << " " << sid;
    text << "\nprivileges " << token.security << token.take_ownership << token.relabel << ", level "
         << token.integrity << "\nself " << request.self << ", owner " << request.descriptor.owner;
    if (request.descriptor.label)
        text << ", label " << request.descriptor.label->integrity << " " << request.descriptor.label->policy;
    for (const model::Entry& entry : request.descriptor.entries)
        text << "\n  " << static_cast<int>(entry.kind) << (entry.inherit_only ? "i" : " ") << entry.mask
             << " " << entry.sid << " " << entry.type;
    for (const model::Part& part : request.parts)
        text << "\n  part " << part.level << " " << part.type;
    return text.str();
}

TEST(AccessCheck, AgreesWithTheModel) {
    MUST(se::initialize());
    uint64_t usual = getenv("NEPTUNE_LONG") ? 1'000'000 : 50'000;
    uint64_t decisions = number("DECISIONS", usual), seed = number("SEED", 1);
    uint64_t outcomes[3] = {};
    for (uint64_t i = 0; i < decisions; ++i) {
        Dice dice(seed + i);
        model::Request request = some_request(dice);
        std::vector<model::Answer> expected = model::decide(request);
        std::vector<model::Answer> answers = test::ask(request, dice.one_in(2) ? ~0u : 1);
        ASSERT_EQ(answers.size(), expected.size()) << "seed " << seed + i;
        for (size_t k = 0; k < answers.size(); ++k) {
            ASSERT_EQ(answers[k].status, expected[k].status) << "seed " << seed + i << ", part " << k << "\n"
                                                             << describe(request);
            ASSERT_EQ(answers[k].granted, expected[k].granted)
                << "seed " << seed + i << ", part " << k << "\n"
                << describe(request);
            ++outcomes[static_cast<int>(answers[k].status)];
        }
    }
    // Not all alike.
    for (uint64_t count : outcomes)
        EXPECT_GT(count, decisions / 20);
}

}  // namespace
