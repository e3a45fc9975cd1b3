// SPDX-License-Identifier: GPL-3.0-only
//
// A table of 400 decisions: ten tokens, twenty descriptors, two requests each. What is expected stands in
// decisions.inc, which the model computed (REWRITE=FILE in the environment writes it anew); so model, table
// and code have to agree.
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include <sstream>

#include "tests/host/security/convert.hpp"

namespace {

using model::Kind;
using model::Use;

constexpr const char* kUser = "S-1-5-21-1-2";
constexpr const char* kOther = "S-1-5-21-1-3";
constexpr const char* kSystem = "S-1-5-18";
constexpr const char* kAdministrators = "S-1-5-32-544";
constexpr const char* kUsers = "S-1-5-32-545";
constexpr const char* kEveryone = "S-1-1-0";
constexpr const char* kRestricted = "S-1-5-12";
constexpr const char* kOwnerRights = "S-1-3-4";
constexpr const char* kSelf = "S-1-5-10";

// Read 1, write 2, execute 4, with what belongs to each.
constexpr model::Mapping kMapping{0x20001, 0x20002, 0x120004, 0x1f0007};
constexpr uint32_t kMaximum = 0x02000000, kSystemSecurity = 0x01000000;

struct NamedToken {
    const char* name;
    model::Token token;
};

model::Token member(std::string user, std::vector<model::Group> groups, uint32_t integrity) {
    model::Token token;
    token.user = std::move(user);
    token.groups = std::move(groups);
    token.groups.push_back({kEveryone, Use::Enabled});
    token.integrity = integrity;
    return token;
}

std::vector<NamedToken> tokens() {
    std::vector<NamedToken> list;
    model::Token system = member(kSystem, {{kAdministrators, Use::Enabled}}, 0x4000);
    list.push_back({"system", system});
    system.security = system.take_ownership = true;
    list.push_back({"system with privileges", system});
    list.push_back(
        {"administrator", member(kUser, {{kAdministrators, Use::Enabled}, {kUsers, Use::Enabled}}, 0x3000)});
    list.push_back(
        {"filtered", member(kUser, {{kAdministrators, Use::DenyOnly}, {kUsers, Use::Enabled}}, 0x2000)});
    list.push_back({"user", member(kOther, {{kUsers, Use::Enabled}}, 0x2000)});
    model::Token low = member(kUser, {{kUsers, Use::Enabled}}, 0x1000);
    list.push_back({"low", low});
    low.relabel = low.take_ownership = true;
    list.push_back({"low with relabel", low});
    model::Token restricted = member(kUser, {{kUsers, Use::Enabled}}, 0x2000);
    restricted.restricted = true;
    restricted.restricting = {kRestricted, kEveryone};
    list.push_back({"restricted", restricted});
    restricted.write_restricted = true;
    restricted.restricting = {kRestricted, kUser};
    list.push_back({"write restricted", restricted});
    model::Token nobody = member(kUser, {{kUsers, Use::Disabled}}, 0x2000);
    nobody.user_denies_only = true;
    list.push_back({"denied", nobody});
    return list;
}

model::Entry entry(Kind kind, uint32_t mask, const char* sid, bool inherit_only = false) {
    return {kind, mask, sid, inherit_only, {}, false};
}

struct NamedDescriptor {
    const char* name;
    model::Descriptor descriptor;
};

std::vector<NamedDescriptor> descriptors() {
    constexpr uint32_t kAll = 0x1f0007;
    auto made = [](const char* owner, std::vector<model::Entry> entries) {
        model::Descriptor descriptor;
        descriptor.owner = owner;
        descriptor.entries = std::move(entries);
        return descriptor;
    };
    auto labelled = [](model::Descriptor descriptor, uint32_t level, uint32_t policy) {
        descriptor.label = {level, policy};
        return descriptor;
    };
    model::Descriptor null = made(kSystem, {});
    null.null_list = true;
    auto open = made(kOther, {entry(Kind::Allow, kAll, kEveryone)});
    return {
        {"null list", null},
        {"empty list", made(kSystem, {})},
        {"empty list, the user's", made(kUser, {})},
        {"default", made(kAdministrators,
                         {entry(Kind::Allow, kAll, kSystem), entry(Kind::Allow, 0x120005, kAdministrators)})},
        {"everybody", open},
        {"users read",
         made(kSystem, {entry(Kind::Allow, kAll, kAdministrators), entry(Kind::Allow, 0x20001, kUsers)})},
        {"deny first", made(kSystem, {entry(Kind::Deny, 0x2, kUsers), entry(Kind::Allow, kAll, kEveryone)})},
        {"deny last", made(kSystem, {entry(Kind::Allow, kAll, kEveryone), entry(Kind::Deny, 0x2, kUsers)})},
        {"administrators denied",
         made(kSystem, {entry(Kind::Deny, kAll, kAdministrators), entry(Kind::Allow, 0x7, kEveryone)})},
        {"the user denied",
         made(kSystem, {entry(Kind::Deny, 0x4, kUser), entry(Kind::Allow, 0x7, kEveryone)})},
        {"for heirs only",
         made(kSystem, {entry(Kind::Allow, kAll, kEveryone, true), entry(Kind::Allow, 0x1, kEveryone)})},
        {"owner's rights",
         made(kUser, {entry(Kind::Allow, 0x1, kOwnerRights), entry(Kind::Allow, 0x4, kUsers)})},
        {"owner denied",
         made(kUser, {entry(Kind::Deny, 0x40000, kOwnerRights), entry(Kind::Allow, kAll, kUser)})},
        {"restricted code",
         made(kUser, {entry(Kind::Allow, kAll, kUser), entry(Kind::Allow, 0x120005, kRestricted)})},
        {"oneself", made(kSystem, {entry(Kind::Allow, 0x3, kSelf)})},
        {"conditions",
         made(kSystem, {entry(Kind::DenyCallback, 0x2, kUsers), entry(Kind::AllowCallback, 0x4, kEveryone),
                        entry(Kind::Allow, 0x3, kEveryone)})},
        {"high", labelled(open, 0x3000, 1)},
        {"high, secret", labelled(open, 0x3000, 3)},
        {"low, to be run by nobody lower", labelled(open, 0x1000, 7)},
        {"system, without policy", labelled(open, 0x4000, 0)},
    };
}

const char* word(model::Status status) {
    return status == model::Status::Granted  ? "granted"
           : status == model::Status::Denied ? "denied"
                                             : "privilege";
}

std::string line(const char* token, const char* descriptor, uint32_t desired, const model::Answer& answer) {
    char text[160];
    snprintf(text, sizeof text, "%s | %s | 0x%07x | %s 0x%06x", token, descriptor, desired,
             word(answer.status), answer.granted);
    return text;
}

// The two requests of a pair: one that differs from pair to pair, and all there is.
uint32_t desired(size_t index, bool maximum) {
    constexpr uint32_t kList[] = {0x1,     0x2,      0x4,      0x20001, 0x20002,  0x120004,
                                  0x40000, 0x80000,  0x10000,  0x60000, 0x1f0007, kSystemSecurity,
                                  0x3,     0x100000, 0x120005, 0x8,     0};
    if (maximum) return kMaximum | (index % 7 == 3 ? 0x2 : 0);
    return kList[index % std::size(kList)];
}

TEST(AccessCheck, Decides400CasesAsTheTableSays) {
    MUST(se::initialize());
    static constexpr const char* kExpected[] = {
#include "tests/host/security/decisions.inc"
    };
    const char* rewrite = getenv("REWRITE");
    FILE* file = rewrite ? fopen(rewrite, "w") : nullptr;
    size_t at = 0;
    for (const NamedToken& token : tokens()) {
        for (const NamedDescriptor& descriptor : descriptors()) {
            for (bool maximum : {false, true}) {
                uint32_t wanted = desired(at / 2, maximum);
                model::Request request{token.token, descriptor.descriptor, wanted, kMapping, kUser, {}};
                std::string computed = line(token.name, descriptor.name, wanted, model::decide(request)[0]);
                if (file) fprintf(file, "    \"%s\",\n", computed.c_str());
                ASSERT_LT(at, std::size(kExpected));
                EXPECT_EQ(computed, kExpected[at]) << "the model";
                EXPECT_EQ(line(token.name, descriptor.name, wanted, test::ask(request, ~0u)[0]),
                          kExpected[at]);
                ++at;
            }
        }
    }
    EXPECT_EQ(at, 400u);
    EXPECT_EQ(std::size(kExpected), 400u);
    if (file) fclose(file);
}

}  // namespace
