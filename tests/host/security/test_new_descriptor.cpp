// SPDX-License-Identifier: GPL-3.0-only
//
// Descriptors of new objects: what is asked for, what containers hand down, what is left to the creator's
// token. Expected lists are written as the documentation of inheritance describes them.
#include "base/new_descriptor.hpp"

#include <gtest/gtest.h>
#include <string.h>

namespace {

using base::Sid;

constexpr Sid kOwner{5, {21, 1}}, kGroup{5, {21, 2}}, kSomebody{5, {21, 3}};
constexpr GENERIC_MAPPING kMapping{0x20001, 0x20002, 0x20004, 0x1f0007};
constexpr uint8_t kOi = OBJECT_INHERIT_ACE, kCi = CONTAINER_INHERIT_ACE, kNp = NO_PROPAGATE_INHERIT_ACE,
                  kIo = INHERIT_ONLY_ACE, kId = INHERITED_ACE;

struct Entry {
    uint8_t type, flags;
    ACCESS_MASK mask;
    Sid sid;
    bool operator==(const Entry& other) const {
        return type == other.type && flags == other.flags && mask == other.mask && sid == other.sid;
    }
};
void PrintTo(const Entry& entry, std::ostream* out) {
    *out << "type " << int{entry.type} << " flags " << int{entry.flags} << " mask " << std::hex << entry.mask
         << " sid ..." << entry.sid.last_part() << std::dec;
}

using Entries = std::vector<Entry>;

base::Vector<uint8_t> list_of(const Entries& entries) {
    base::AclBuilder built;
    for (const Entry& entry : entries)
        MUST(built.append(entry.type, entry.flags, entry.mask, entry.sid));
    return MUST(built.finish());
}

Entries entries_of(std::span<const uint8_t> acl) {
    Entries found;
    base::AceReader reader(acl);
    base::Ace ace;
    while (reader.next(ace))
        found.push_back({ace.type, ace.flags, ace.mask(), Sid(ace.sid())});
    return found;
}

Entry allow(uint8_t flags, ACCESS_MASK mask, const Sid& sid = kSomebody) {
    return {ACCESS_ALLOWED_ACE_TYPE, flags, mask, sid};
}

base::Vector<uint8_t> descriptor_with(const base::Vector<uint8_t>* dacl, USHORT control = 0) {
    base::Parts parts;
    parts.control = control;
    parts.has_dacl = dacl != nullptr;
    if (dacl) parts.dacl = dacl->span();
    return MUST(base::build_descriptor(parts));
}

struct Made {
    base::Vector<uint8_t> bytes;
    base::Parts parts() const { return base::parts_of(bytes.span()); }
    Entries dacl() const { return entries_of(parts().dacl); }
};

struct How {
    bool container = false;
    ULONG flags = 0;
    USHORT asked_control = 0;
    bool has_asked = false;
    Entries asked = {};
    Entries fallback = {};
};

Made make(const Entries& parent, const How& how) {
    auto parent_list = list_of(parent), asked_list = list_of(how.asked), fallback = list_of(how.fallback);
    auto container = descriptor_with(&parent_list);
    auto asked = descriptor_with(how.has_asked ? &asked_list : nullptr, how.asked_control);
    base::NewDescriptor request;
    request.container = container.span();
    request.asked = asked.span();
    request.is_container = how.container;
    request.flags = how.flags;
    request.owner = kOwner;
    request.group = kGroup;
    request.default_dacl = fallback.span();
    request.mapping = kMapping;
    return {MUST(base::new_descriptor(request))};
}

TEST(NewDescriptor, WhatObjectsInherit) {
    struct Case {
        uint8_t flags;
        Entries object, container;
    };
    const Case cases[] = {
        {0, {}, {}},
        {kOi, {allow(0, 1)}, {allow(kOi | kIo, 1)}},
        {kCi, {}, {allow(kCi, 1)}},
        {kOi | kCi, {allow(0, 1)}, {allow(kOi | kCi, 1)}},
        {kOi | kNp, {allow(0, 1)}, {}},
        {kCi | kNp, {}, {allow(0, 1)}},
        {kOi | kCi | kNp, {allow(0, 1)}, {allow(0, 1)}},
        {kOi | kIo, {allow(0, 1)}, {allow(kOi | kIo, 1)}},
        {kCi | kIo, {}, {allow(kCi, 1)}},
        {kOi | kCi | kIo, {allow(0, 1)}, {allow(kOi | kCi, 1)}},
        {kOi | kCi | kIo | kNp, {allow(0, 1)}, {allow(0, 1)}},
        {kIo, {}, {}},
    };
    for (const Case& one : cases) {
        EXPECT_EQ(make({allow(one.flags, 1)}, {}).dacl(), one.object) << int{one.flags};
        EXPECT_EQ(make({allow(one.flags, 1)}, {.container = true}).dacl(), one.container) << int{one.flags};
        // The same, marked.
        Entries marked = one.container;
        for (Entry& entry : marked)
            entry.flags |= kId;
        Made made = make({allow(one.flags, 1)}, {.container = true, .flags = SEF_DACL_AUTO_INHERIT});
        EXPECT_EQ(made.dacl(), marked) << int{one.flags};
        EXPECT_TRUE(made.parts().control & SE_DACL_AUTO_INHERITED);
    }
}

TEST(NewDescriptor, GenericRightsAndCreators) {
    EXPECT_EQ(make({allow(kOi, GENERIC_READ, base::kCreatorOwner)}, {}).dacl(),
              (Entries{allow(0, 0x20001, kOwner)}));
    EXPECT_EQ(make({allow(kOi, GENERIC_ALL, base::kCreatorGroup)}, {}).dacl(),
              (Entries{allow(0, 0x1f0007, kGroup)}));
    // A container's own right, and what it hands down, are two.
    EXPECT_EQ(
        make({allow(kOi | kCi, GENERIC_WRITE, base::kCreatorOwner)}, {.container = true}).dacl(),
        (Entries{allow(0, 0x20002, kOwner), allow(kOi | kCi | kIo, GENERIC_WRITE, base::kCreatorOwner)}));
    EXPECT_EQ(make({allow(kCi | kNp, GENERIC_WRITE, base::kCreatorOwner)}, {.container = true}).dacl(),
              (Entries{allow(0, 0x20002, kOwner)}));
    EXPECT_EQ(make({}, {.has_asked = true, .asked = {allow(0, GENERIC_EXECUTE)}}).dacl(),
              (Entries{allow(0, 0x20004)}));
}

TEST(NewDescriptor, WhereTheListComesFrom) {
    const Entries parent = {allow(kOi, 1)}, asked = {allow(0, 2)}, fallback = {allow(0, GENERIC_ALL)};
    EXPECT_EQ(make(parent, {.fallback = fallback}).dacl(), (Entries{allow(0, 1)}));
    EXPECT_EQ(make({}, {.fallback = fallback}).dacl(), (Entries{allow(0, 0x1f0007)}));
    EXPECT_EQ(make(parent, {.has_asked = true, .asked = asked, .fallback = fallback}).dacl(), asked);
    // Asked for by default only: what is inherited comes before it.
    How defaulted{
        .asked_control = SE_DACL_DEFAULTED, .has_asked = true, .asked = asked, .fallback = fallback};
    EXPECT_EQ(make(parent, defaulted).dacl(), (Entries{allow(0, 1)}));
    EXPECT_EQ(make({}, defaulted).dacl(), asked);
    // With auto-inheritance both, what was asked for first, unless that is protected.
    How both{.flags = SEF_DACL_AUTO_INHERIT, .has_asked = true, .asked = {allow(0, 2), allow(kId, 4)}};
    EXPECT_EQ(make(parent, both).dacl(), (Entries{allow(0, 2), allow(kId, 1)}));
    both.asked_control = SE_DACL_PROTECTED;
    Made alone = make(parent, both);
    EXPECT_EQ(alone.dacl(), (Entries{allow(0, 2), allow(kId, 4)}));
    EXPECT_TRUE(alone.parts().control & SE_DACL_PROTECTED);
    // Nothing from anywhere: no list.
    base::NewDescriptor nothing;
    nothing.owner = kOwner;
    nothing.group = kGroup;
    Made none{MUST(base::new_descriptor(nothing))};
    EXPECT_FALSE(none.parts().has_dacl);
    EXPECT_TRUE(base::SidView(kOwner) == base::SidView::checked(none.parts().owner.data()));
    nothing.owner = {};
    EXPECT_EQ(base::new_descriptor(nothing).error(), STATUS_INVALID_OWNER);
}

TEST(NewDescriptor, ANullListStaysOne) {
    base::Parts parts;
    parts.has_dacl = true;
    auto asked = MUST(base::build_descriptor(parts));
    auto fallback = list_of({allow(0, 1)});
    base::NewDescriptor request;
    request.asked = asked.span();
    request.owner = kOwner;
    request.group = kGroup;
    request.default_dacl = fallback.span();
    Made made{MUST(base::new_descriptor(request))};
    EXPECT_TRUE(made.parts().has_dacl);
    EXPECT_TRUE(made.parts().dacl.empty());
}

TEST(NewDescriptor, ChangesKeepWhatWasInherited) {
    Made before = make({allow(kOi, 1)}, {.flags = SEF_DACL_AUTO_INHERIT});
    auto wanted = list_of({allow(0, GENERIC_READ), allow(kId, 8)});
    auto changes = descriptor_with(&wanted);
    auto change = [&](SECURITY_INFORMATION which, bool automatic) {
        return Made{
            MUST(base::changed_descriptor(before.bytes.span(), changes.span(), which, automatic, kMapping))};
    };
    EXPECT_EQ(change(DACL_SECURITY_INFORMATION, true).dacl(), (Entries{allow(0, 0x20001), allow(kId, 1)}));
    EXPECT_EQ(change(DACL_SECURITY_INFORMATION, false).dacl(), (Entries{allow(0, 0x20001), allow(kId, 8)}));
    Made alone = change(DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, true);
    EXPECT_EQ(alone.dacl(), (Entries{allow(0, 0x20001), allow(kId, 8)}));
    EXPECT_TRUE(alone.parts().control & SE_DACL_PROTECTED);
    EXPECT_EQ(change(GROUP_SECURITY_INFORMATION, true).dacl(), before.dacl());
    EXPECT_EQ(base::changed_descriptor(before.bytes.span(), changes.span(), OWNER_SECURITY_INFORMATION, true,
                                       kMapping)
                  .error(),
              STATUS_INVALID_OWNER);
}

TEST(NewDescriptor, ConversionMarksWhatCameFromTheContainer) {
    auto parent_list = list_of({allow(kOi, 1)});
    auto container = descriptor_with(&parent_list);
    base::NewDescriptor how;
    how.container = container.span();
    how.mapping = kMapping;
    auto convert = [&](const Entries& entries) {
        auto list = list_of(entries);
        auto old = descriptor_with(&list);
        return Made{MUST(base::converted_descriptor(old.span(), how))};
    };
    EXPECT_EQ(convert({allow(0, 1), allow(0, 2)}).dacl(), (Entries{allow(0, 2), allow(kId, 1)}));
    EXPECT_FALSE(convert({allow(0, 1)}).parts().control & SE_DACL_PROTECTED);
    Made strange = convert({allow(0, 2)});
    EXPECT_EQ(strange.dacl(), (Entries{allow(0, 2)}));
    EXPECT_TRUE(strange.parts().control & SE_DACL_PROTECTED);
}

}  // namespace
